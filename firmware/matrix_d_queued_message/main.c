/* (D) The message is in the queue before anybody receives: each thread copies for itself, no share is needed. */

#include "../support/queue.h"

const char rtems_test_name[] = "matrix D: queued message";

void *POSIX_Init(void *argument)
{
  pthread_t receiver, sender;

  (void) argument;
  TEST_BEGIN();
  set_name(pthread_self(), "Init");
  open_queue(4);
  sender = start_thread("0x02", new_stack(), send_message, NULL);
  receiver = start_thread("0x01", new_stack(), receive_message, NULL);
  join(sender);
  join(receiver);
  TEST_END();
  rtems_test_exit(0);
}

#include "../support/posix_config.h"
