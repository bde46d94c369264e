/* (C) As (A), and the receiver's stack is shared with the sender for reading only: sending writes, so it faults. */

#include "../support/queue.h"

const char rtems_test_name[] = "matrix C: read-only share";

void *POSIX_Init(void *argument)
{
  void *sender_stack = new_stack();
  pthread_t receiver, sender;

  (void) argument;
  TEST_BEGIN();
  set_name(pthread_self(), "Init");
  open_queue(4);
  receiver = start_thread("0x01", new_stack(), receive_message, NULL);
  sender = start_thread("0x02", sender_stack, send_message, NULL);
  rtems_test_assert(map_stack("0x01", sender_stack, PROT_READ) == 0);
  join(receiver);
  join(sender);
  rtems_test_exit(1);
}

#include "../support/posix_config.h"
