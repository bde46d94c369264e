/*
 * (A) The receiver blocks first, with the length and the buffer on its stack. The sender has to copy into that stack,
 * and may not: it faults at its own call, and the first refused address is the word for the length.
 */

#include "../support/queue.h"

const char rtems_test_name[] = "matrix A: blocked receiver";

void *POSIX_Init(void *argument)
{
  pthread_t receiver, sender;

  (void) argument;
  TEST_BEGIN();
  set_name(pthread_self(), "Init");
  open_queue(4);
  receiver = start_thread("0x01", new_stack(), receive_message, NULL);
  sender = start_thread("0x02", new_stack(), send_message, NULL);
  join(receiver);
  join(sender);
  rtems_test_exit(1);
}

#include "../support/posix_config.h"
