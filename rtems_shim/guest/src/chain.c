/* Chains that are used by several threads, or by threads and interrupts. */

#include <rtems.h>
#include <rtems/chain.h>

#define PROTECTED(statement) \
  do { \
    rtems_interrupt_level level; \
    rtems_interrupt_disable(level); \
    statement; \
    rtems_interrupt_enable(level); \
  } while (0)

void rtems_chain_extract(rtems_chain_node *node)
{
  PROTECTED(rtems_chain_extract_unprotected(node); rtems_chain_set_off_chain(node));
}

rtems_chain_node *rtems_chain_get(rtems_chain_control *chain)
{
  rtems_chain_node *node;

  PROTECTED(node = rtems_chain_get_unprotected(chain));
  return node;
}

void rtems_chain_insert(rtems_chain_node *after, rtems_chain_node *node)
{
  PROTECTED(rtems_chain_insert_unprotected(after, node));
}

void rtems_chain_append(rtems_chain_control *chain, rtems_chain_node *node)
{
  PROTECTED(rtems_chain_append_unprotected(chain, node));
}

void rtems_chain_prepend(rtems_chain_control *chain, rtems_chain_node *node)
{
  PROTECTED(rtems_chain_prepend_unprotected(chain, node));
}

/* Whether the chain was empty before. */
bool rtems_chain_append_with_empty_check(rtems_chain_control *chain, rtems_chain_node *node)
{
  bool was_empty;

  PROTECTED(was_empty = rtems_chain_is_empty(chain); rtems_chain_append_unprotected(chain, node));
  return was_empty;
}

bool rtems_chain_prepend_with_empty_check(rtems_chain_control *chain, rtems_chain_node *node)
{
  bool was_empty;

  PROTECTED(was_empty = rtems_chain_is_empty(chain); rtems_chain_prepend_unprotected(chain, node));
  return was_empty;
}

/* Whether the chain is empty now. */
bool rtems_chain_get_with_empty_check(rtems_chain_control *chain, rtems_chain_node **node)
{
  bool is_empty;

  PROTECTED(*node = rtems_chain_get_unprotected(chain); is_empty = rtems_chain_is_empty(chain));
  return is_empty;
}

rtems_status_code rtems_chain_append_with_notification(
  rtems_chain_control *chain,
  rtems_chain_node *node,
  rtems_id task,
  rtems_event_set events
)
{
  return rtems_chain_append_with_empty_check(chain, node) ? rtems_event_send(task, events) : RTEMS_SUCCESSFUL;
}

rtems_status_code rtems_chain_prepend_with_notification(
  rtems_chain_control *chain,
  rtems_chain_node *node,
  rtems_id task,
  rtems_event_set events
)
{
  return rtems_chain_prepend_with_empty_check(chain, node) ? rtems_event_send(task, events) : RTEMS_SUCCESSFUL;
}

rtems_status_code rtems_chain_get_with_notification(
  rtems_chain_control *chain,
  rtems_id task,
  rtems_event_set events,
  rtems_chain_node **node
)
{
  return rtems_chain_get_with_empty_check(chain, node) ? rtems_event_send(task, events) : RTEMS_SUCCESSFUL;
}

rtems_status_code rtems_chain_get_with_wait(
  rtems_chain_control *chain,
  rtems_event_set events,
  rtems_interval timeout,
  rtems_chain_node **node
)
{
  rtems_status_code status = RTEMS_SUCCESSFUL;
  rtems_event_set received;

  while ((*node = rtems_chain_get(chain)) == NULL && status == RTEMS_SUCCESSFUL) {
    status = rtems_event_receive(events, RTEMS_EVENT_ALL | RTEMS_WAIT, timeout, &received);
  }
  return *node != NULL ? RTEMS_SUCCESSFUL : status;
}
