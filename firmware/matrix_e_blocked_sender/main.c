/*
 * (E) The queue is full, so the sender blocks with its message on its stack. The receiver takes the first message and
 * has to read the second from the sender's stack, and may not.
 */

#include "../support/queue.h"

const char rtems_test_name[] = "matrix E: blocked sender";

void *POSIX_Init(void *argument)
{
  pthread_t receiver, sender;

  (void) argument;
  TEST_BEGIN();
  set_name(pthread_self(), "Init");
  open_queue(1);
  rtems_test_assert(mq_send(queue, MESSAGE, MESSAGE_SIZE, 3) == 0);
  sender = start_thread("0x02", new_stack(), send_message, NULL);
  receiver = start_thread("0x01", new_stack(), receive_message, NULL);
  join(receiver);
  join(sender);
  rtems_test_exit(1);
}

#include "../support/posix_config.h"
