/* Events go through a ring and then into the journal's queue. */

#include <stdio.h>
#include <stdlib.h>

#include <rtems.h>

#define SLOTS 8

struct event {
  uint32_t code;
};

static struct {
  struct event slots[SLOTS];
  rtems_id journal;
  unsigned next;
} state;

static void check(rtems_status_code status)
{
  if (status != RTEMS_SUCCESSFUL) {
    rtems_fatal_error_occurred(status);
  }
}

static void open_journal(void)
{
  check(rtems_message_queue_create(rtems_build_name('J', 'R', 'N', 'L'), 8, sizeof(struct event), RTEMS_FIFO,
    &state.journal));
}

static void note(uint32_t code)
{
  state.slots[state.next].code = code;
  if (++state.next > SLOTS) {
    state.next = 0;
  }
}

static void flush_last(void)
{
  check(rtems_message_queue_send(state.journal, &state.slots[0], sizeof(struct event)));
}

static void collect(unsigned count)
{
  for (unsigned i = 0; i < count; ++i) {
    note(100 + i);
  }
}

rtems_task Init(rtems_task_argument argument)
{
  (void) argument;
  open_journal();
  collect(5);
  flush_last();
  collect(5);
  flush_last();
  printf("journal written\n");
  exit(0);
}

#define CONFIGURE_MAXIMUM_TASKS 4
#define CONFIGURE_MAXIMUM_SEMAPHORES 4
#define CONFIGURE_MAXIMUM_MESSAGE_QUEUES 3
#define CONFIGURE_MESSAGE_BUFFER_MEMORY CONFIGURE_MESSAGE_BUFFERS_FOR_QUEUE(8, 32)
#include "classic_system.h"
