/* (E) As matrix_e_blocked_sender, and the sender's stack is shared with the receiver. Reading is all it takes. */

#include "../support/queue.h"

const char rtems_test_name[] = "matrix E: read-only share";

void *POSIX_Init(void *argument)
{
  void *receiver_stack = new_stack();
  pthread_t receiver, sender;

  (void) argument;
  TEST_BEGIN();
  set_name(pthread_self(), "Init");
  open_queue(1);
  rtems_test_assert(mq_send(queue, MESSAGE, MESSAGE_SIZE, 3) == 0);
  sender = start_thread("0x02", new_stack(), send_message, NULL);
  receiver = start_thread("0x01", receiver_stack, receive_message, NULL);
  rtems_test_assert(map_stack("0x02", receiver_stack, PROT_READ) == 0);
  join(receiver);
  join(sender);
  TEST_END();
  rtems_test_exit(0);
}

#include "../support/posix_config.h"
