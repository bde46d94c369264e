/* Red-black trees, with newlib's <sys/tree.h>. */

#include <rtems/rbtree.h>

RB_GENERATE_INSERT_COLOR(RBTree_Control, RBTree_Node, Node, static)
RB_GENERATE_REMOVE_COLOR(RBTree_Control, RBTree_Node, Node, static)
RB_GENERATE_REMOVE(RBTree_Control, RBTree_Node, Node, static)
RB_GENERATE_NEXT(RBTree_Control, RBTree_Node, Node, static)
RB_GENERATE_PREV(RBTree_Control, RBTree_Node, Node, static)
RB_GENERATE_MINMAX(RBTree_Control, RBTree_Node, Node, static)

/* Without ``is_unique`` an equal node goes behind its equals; with it the one that is there is returned. */
rtems_rbtree_node *rtems_rbtree_insert(
  rtems_rbtree_control *tree,
  rtems_rbtree_node *node,
  rtems_rbtree_compare compare,
  bool is_unique
)
{
  rtems_rbtree_node **link = &tree->rbh_root, *parent = NULL;

  while (*link != NULL) {
    const rtems_rbtree_compare_result result = (*compare)(node, *link);

    parent = *link;
    if (is_unique && rtems_rbtree_is_equal(result)) {
      return parent;
    }
    link = rtems_rbtree_is_lesser(result) ? &parent->Node.rbe_left : &parent->Node.rbe_right;
  }
  RB_SET(node, parent, Node);
  *link = node;
  RBTree_Control_RB_INSERT_COLOR(tree, node);
  return NULL;
}

/* Without ``is_unique`` the first of equal nodes. */
rtems_rbtree_node *rtems_rbtree_find(
  const rtems_rbtree_control *tree,
  const rtems_rbtree_node *wanted,
  rtems_rbtree_compare compare,
  bool is_unique
)
{
  rtems_rbtree_node *node = tree->rbh_root, *found = NULL;

  while (node != NULL) {
    const rtems_rbtree_compare_result result = (*compare)(wanted, node);

    if (rtems_rbtree_is_equal(result)) {
      found = node;
      if (is_unique) {
        break;
      }
    }
    node = rtems_rbtree_is_greater(result) ? node->Node.rbe_right : node->Node.rbe_left;
  }
  return found;
}

void rtems_rbtree_initialize(
  rtems_rbtree_control *tree,
  rtems_rbtree_compare compare,
  void *start,
  size_t count,
  size_t size,
  bool is_unique
)
{
  char *node = start;

  rtems_rbtree_initialize_empty(tree);
  for (; count > 0; --count, node += size) {
    rtems_rbtree_insert(tree, (rtems_rbtree_node *) node, compare, is_unique);
  }
}

rtems_rbtree_node *rtems_rbtree_min(const rtems_rbtree_control *tree)
{
  return RBTree_Control_RB_MINMAX((rtems_rbtree_control *) tree, RB_NEGINF);
}

rtems_rbtree_node *rtems_rbtree_max(const rtems_rbtree_control *tree)
{
  return RBTree_Control_RB_MINMAX((rtems_rbtree_control *) tree, RB_INF);
}

rtems_rbtree_node *rtems_rbtree_predecessor(const rtems_rbtree_node *node)
{
  return RBTree_Control_RB_PREV((rtems_rbtree_node *) node);
}

rtems_rbtree_node *rtems_rbtree_successor(const rtems_rbtree_node *node)
{
  return RBTree_Control_RB_NEXT((rtems_rbtree_node *) node);
}

void rtems_rbtree_extract(rtems_rbtree_control *tree, rtems_rbtree_node *node)
{
  RBTree_Control_RB_REMOVE(tree, node);
  rtems_rbtree_set_off_tree(node);
}
