/* Doubly linked lists. The calls without "unprotected" in their names do not let a tick or a switch in between. */

#ifndef _RTEMS_CHAIN_H
#define _RTEMS_CHAIN_H

#include <stdbool.h>
#include <stddef.h>
#include <rtems/rtems/event.h>
#include <rtems/rtems/intr.h>
#include <rtems/rtems/tasks.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct Chain_Node {
  struct Chain_Node *next;
  struct Chain_Node *previous;
} Chain_Node;

/* Three pointers that are two nodes: the head's next, what both have (NULL), and the tail's previous. */
typedef union {
  struct {
    Chain_Node Node;
    Chain_Node *fill;
  } Head;
  struct {
    Chain_Node *fill;
    Chain_Node Node;
  } Tail;
} Chain_Control;

typedef Chain_Node rtems_chain_node;
typedef Chain_Control rtems_chain_control;

#define RTEMS_CHAIN_INITIALIZER_EMPTY(name) { { { &(name).Tail.Node, NULL }, &(name).Head.Node } }
#define RTEMS_CHAIN_INITIALIZER_ONE_NODE(node) { { { (node), NULL }, (node) } }
#define RTEMS_CHAIN_NODE_INITIALIZER_ONE_NODE_CHAIN(chain) { &(chain)->Tail.Node, &(chain)->Head.Node }
#define RTEMS_CHAIN_DEFINE_EMPTY(name) rtems_chain_control name = RTEMS_CHAIN_INITIALIZER_EMPTY(name)

static inline rtems_chain_node *rtems_chain_head(rtems_chain_control *chain)
{
  return &chain->Head.Node;
}

static inline const rtems_chain_node *rtems_chain_immutable_head(const rtems_chain_control *chain)
{
  return &chain->Head.Node;
}

static inline rtems_chain_node *rtems_chain_tail(rtems_chain_control *chain)
{
  return &chain->Tail.Node;
}

static inline const rtems_chain_node *rtems_chain_immutable_tail(const rtems_chain_control *chain)
{
  return &chain->Tail.Node;
}

static inline rtems_chain_node *rtems_chain_next(const rtems_chain_node *node)
{
  return node->next;
}

static inline const rtems_chain_node *rtems_chain_immutable_next(const rtems_chain_node *node)
{
  return node->next;
}

static inline rtems_chain_node *rtems_chain_previous(const rtems_chain_node *node)
{
  return node->previous;
}

static inline const rtems_chain_node *rtems_chain_immutable_previous(const rtems_chain_node *node)
{
  return node->previous;
}

static inline rtems_chain_node *rtems_chain_first(const rtems_chain_control *chain)
{
  return chain->Head.Node.next;
}

static inline const rtems_chain_node *rtems_chain_immutable_first(const rtems_chain_control *chain)
{
  return chain->Head.Node.next;
}

static inline rtems_chain_node *rtems_chain_last(const rtems_chain_control *chain)
{
  return chain->Tail.Node.previous;
}

static inline const rtems_chain_node *rtems_chain_immutable_last(const rtems_chain_control *chain)
{
  return chain->Tail.Node.previous;
}

static inline void rtems_chain_initialize_empty(rtems_chain_control *chain)
{
  chain->Head.Node.next = &chain->Tail.Node;
  chain->Head.Node.previous = NULL;
  chain->Tail.Node.previous = &chain->Head.Node;
}

static inline void rtems_chain_set_off_chain(rtems_chain_node *node)
{
  node->next = NULL;
}

static inline void rtems_chain_initialize_node(rtems_chain_node *node)
{
  (void) node;
}

static inline bool rtems_chain_is_node_off_chain(const rtems_chain_node *node)
{
  return node->next == NULL;
}

static inline bool rtems_chain_is_null_node(const rtems_chain_node *node)
{
  return node == NULL;
}

static inline bool rtems_chain_are_nodes_equal(const rtems_chain_node *left, const rtems_chain_node *right)
{
  return left == right;
}

static inline bool rtems_chain_is_empty(const rtems_chain_control *chain)
{
  return rtems_chain_immutable_first(chain) == rtems_chain_immutable_tail(chain);
}

static inline bool rtems_chain_is_first(const rtems_chain_node *node)
{
  return node->previous->previous == NULL;
}

static inline bool rtems_chain_is_last(const rtems_chain_node *node)
{
  return node->next->next == NULL;
}

static inline bool rtems_chain_has_only_one_node(const rtems_chain_control *chain)
{
  return !rtems_chain_is_empty(chain) && rtems_chain_immutable_first(chain) == rtems_chain_immutable_last(chain);
}

static inline bool rtems_chain_is_head(const rtems_chain_control *chain, const rtems_chain_node *node)
{
  return node == rtems_chain_immutable_head(chain);
}

static inline bool rtems_chain_is_tail(const rtems_chain_control *chain, const rtems_chain_node *node)
{
  return node == rtems_chain_immutable_tail(chain);
}

static inline void rtems_chain_extract_unprotected(rtems_chain_node *node)
{
  node->next->previous = node->previous;
  node->previous->next = node->next;
}

static inline void rtems_chain_insert_unprotected(rtems_chain_node *after, rtems_chain_node *node)
{
  node->previous = after;
  node->next = after->next;
  after->next->previous = node;
  after->next = node;
}

static inline void rtems_chain_append_unprotected(rtems_chain_control *chain, rtems_chain_node *node)
{
  rtems_chain_insert_unprotected(rtems_chain_last(chain), node);
}

static inline void rtems_chain_prepend_unprotected(rtems_chain_control *chain, rtems_chain_node *node)
{
  rtems_chain_insert_unprotected(rtems_chain_head(chain), node);
}

/* The chain must not be empty. */
static inline rtems_chain_node *rtems_chain_get_first_unprotected(rtems_chain_control *chain)
{
  rtems_chain_node *first = rtems_chain_first(chain);

  rtems_chain_extract_unprotected(first);
  return first;
}

static inline rtems_chain_node *rtems_chain_get_unprotected(rtems_chain_control *chain)
{
  return rtems_chain_is_empty(chain) ? NULL : rtems_chain_get_first_unprotected(chain);
}

/* Of ``count`` nodes of ``size`` bytes that lie at ``start``. */
static inline void rtems_chain_initialize(rtems_chain_control *chain, void *start, size_t count, size_t size)
{
  char *node = (char *) start;

  rtems_chain_initialize_empty(chain);
  for (; count > 0; --count, node += size) {
    rtems_chain_append_unprotected(chain, (rtems_chain_node *) node);
  }
}

static inline size_t rtems_chain_node_count_unprotected(const rtems_chain_control *chain)
{
  const rtems_chain_node *node = rtems_chain_immutable_first(chain);
  size_t count = 0;

  for (; node != rtems_chain_immutable_tail(chain); node = node->next) {
    ++count;
  }
  return count;
}

void rtems_chain_extract(rtems_chain_node *);
rtems_chain_node *rtems_chain_get(rtems_chain_control *);
void rtems_chain_insert(rtems_chain_node *, rtems_chain_node *);
void rtems_chain_append(rtems_chain_control *, rtems_chain_node *);
void rtems_chain_prepend(rtems_chain_control *, rtems_chain_node *);
bool rtems_chain_append_with_empty_check(rtems_chain_control *, rtems_chain_node *);
bool rtems_chain_prepend_with_empty_check(rtems_chain_control *, rtems_chain_node *);
bool rtems_chain_get_with_empty_check(rtems_chain_control *, rtems_chain_node **);
rtems_status_code rtems_chain_append_with_notification(
  rtems_chain_control *,
  rtems_chain_node *,
  rtems_id,
  rtems_event_set
);
rtems_status_code rtems_chain_prepend_with_notification(
  rtems_chain_control *,
  rtems_chain_node *,
  rtems_id,
  rtems_event_set
);
rtems_status_code rtems_chain_get_with_notification(
  rtems_chain_control *,
  rtems_id,
  rtems_event_set,
  rtems_chain_node **
);
rtems_status_code rtems_chain_get_with_wait(
  rtems_chain_control *,
  rtems_event_set,
  rtems_interval,
  rtems_chain_node **
);

#ifdef __cplusplus
}
#endif

#endif
