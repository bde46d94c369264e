/* rtems_message_queue_send() writes into the stack of a blocked receiver. */

#include "case.h"

#define CLASSIC

static rtems_id queue;

static rtems_task receiver(rtems_task_argument argument)
{
  char message[16];
  size_t size;

  CHECK(rtems_message_queue_receive(queue, message, &size, RTEMS_WAIT, RTEMS_NO_TIMEOUT) == RTEMS_SUCCESSFUL);
  CHECK(size == 5 && strcmp(message, "text") == 0);
  exit(0);
}

rtems_task Init(rtems_task_argument argument)
{
  CHECK(rtems_message_queue_create(1, 4, 16, RTEMS_DEFAULT_ATTRIBUTES, &queue) == RTEMS_SUCCESSFUL);
  start_task(rtems_build_name('R', 'E', 'C', 'V'), 2, receiver);
  rtems_task_wake_after(1);
  /* REMEDY */
  CHECK(rtems_message_queue_send(queue, "text", 5) == RTEMS_SUCCESSFUL);
  rtems_task_exit();
}

#include "case_config.h"
