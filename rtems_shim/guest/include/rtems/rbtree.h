/* Red-black trees: newlib's <sys/tree.h> under RTEMS's names. The calls take no lock. */

#ifndef _RTEMS_RBTREE_H
#define _RTEMS_RBTREE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/tree.h>
#include <rtems/score/basedefs.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct RBTree_Node {
  RB_ENTRY(RBTree_Node) Node;
} RBTree_Node;

typedef struct RBTree_Control {
  struct RBTree_Node *rbh_root;
} RBTree_Control;

typedef RBTree_Node rtems_rbtree_node;
typedef RBTree_Control rtems_rbtree_control;
typedef long rtems_rbtree_compare_result;
typedef rtems_rbtree_compare_result (*rtems_rbtree_compare)(const rtems_rbtree_node *, const rtems_rbtree_node *);

#define RTEMS_RBTREE_INITIALIZER_EMPTY(name) { NULL }
#define RTEMS_RBTREE_DEFINE_EMPTY(name) rtems_rbtree_control name = RTEMS_RBTREE_INITIALIZER_EMPTY(name)

void rtems_rbtree_initialize(rtems_rbtree_control *, rtems_rbtree_compare, void *, size_t, size_t, bool);
rtems_rbtree_node *rtems_rbtree_find(
  const rtems_rbtree_control *,
  const rtems_rbtree_node *,
  rtems_rbtree_compare,
  bool
);
rtems_rbtree_node *rtems_rbtree_insert(rtems_rbtree_control *, rtems_rbtree_node *, rtems_rbtree_compare, bool);
rtems_rbtree_node *rtems_rbtree_min(const rtems_rbtree_control *);
rtems_rbtree_node *rtems_rbtree_max(const rtems_rbtree_control *);
rtems_rbtree_node *rtems_rbtree_predecessor(const rtems_rbtree_node *);
rtems_rbtree_node *rtems_rbtree_successor(const rtems_rbtree_node *);
void rtems_rbtree_extract(rtems_rbtree_control *, rtems_rbtree_node *);

static inline void rtems_rbtree_initialize_empty(rtems_rbtree_control *tree)
{
  tree->rbh_root = NULL;
}

static inline void rtems_rbtree_set_off_tree(rtems_rbtree_node *node)
{
  node->Node.rbe_color = -1;
}

static inline bool rtems_rbtree_is_node_off_tree(const rtems_rbtree_node *node)
{
  return node->Node.rbe_color == -1;
}

static inline rtems_rbtree_node *rtems_rbtree_root(const rtems_rbtree_control *tree)
{
  return tree->rbh_root;
}

static inline rtems_rbtree_node *rtems_rbtree_left(const rtems_rbtree_node *node)
{
  return node->Node.rbe_left;
}

static inline rtems_rbtree_node *rtems_rbtree_right(const rtems_rbtree_node *node)
{
  return node->Node.rbe_right;
}

static inline rtems_rbtree_node *rtems_rbtree_parent(const rtems_rbtree_node *node)
{
  return node->Node.rbe_parent;
}

static inline bool rtems_rbtree_is_empty(const rtems_rbtree_control *tree)
{
  return tree->rbh_root == NULL;
}

static inline bool rtems_rbtree_is_min(const rtems_rbtree_control *tree, const rtems_rbtree_node *node)
{
  return rtems_rbtree_min(tree) == node;
}

static inline bool rtems_rbtree_is_max(const rtems_rbtree_control *tree, const rtems_rbtree_node *node)
{
  return rtems_rbtree_max(tree) == node;
}

static inline bool rtems_rbtree_is_root(const rtems_rbtree_node *node)
{
  return node->Node.rbe_parent == NULL;
}

static inline bool rtems_rbtree_is_equal(rtems_rbtree_compare_result result)
{
  return result == 0;
}

static inline bool rtems_rbtree_is_greater(rtems_rbtree_compare_result result)
{
  return result > 0;
}

static inline bool rtems_rbtree_is_lesser(rtems_rbtree_compare_result result)
{
  return result < 0;
}

static inline rtems_rbtree_node *rtems_rbtree_peek_min(const rtems_rbtree_control *tree)
{
  return rtems_rbtree_min(tree);
}

static inline rtems_rbtree_node *rtems_rbtree_peek_max(const rtems_rbtree_control *tree)
{
  return rtems_rbtree_max(tree);
}

static inline rtems_rbtree_node *rtems_rbtree_get_min(rtems_rbtree_control *tree)
{
  rtems_rbtree_node *node = rtems_rbtree_min(tree);

  if (node != NULL) {
    rtems_rbtree_extract(tree, node);
  }
  return node;
}

static inline rtems_rbtree_node *rtems_rbtree_get_max(rtems_rbtree_control *tree)
{
  rtems_rbtree_node *node = rtems_rbtree_max(tree);

  if (node != NULL) {
    rtems_rbtree_extract(tree, node);
  }
  return node;
}

#ifdef __cplusplus
}
#endif

#endif
