/*
 * The scenario of the message queue applications: a receiver that blocks with its buffer on its own stack, and a sender
 * that finds it blocked. Who sends copies into the receiver's stack: first the length, then the message.
 */

#ifndef FIRMWARE_QUEUE_H
#define FIRMWARE_QUEUE_H

#include "threads.h"

#define MESSAGE "sixteen bytes ok"
#define MESSAGE_SIZE 16

static mqd_t queue;

static inline void open_queue(long messages)
{
  struct mq_attr attributes = { .mq_maxmsg = messages, .mq_msgsize = MESSAGE_SIZE };

  queue = mq_open("/queue", O_CREAT | O_RDWR, S_IRUSR | S_IWUSR, &attributes);
  rtems_test_assert(queue != (mqd_t) -1);
}

static inline void *receive_message(void *argument)
{
  char buffer[MESSAGE_SIZE];
  unsigned priority = 0;

  printf("0x01: receiving\n");
  rtems_test_assert(mq_receive(queue, buffer, sizeof(buffer), &priority) == MESSAGE_SIZE);
  rtems_test_assert(memcmp(buffer, MESSAGE, MESSAGE_SIZE) == 0 && priority == 3);
  printf("0x01: received\n");
  return argument;
}

static inline void *send_message(void *argument)
{
  char buffer[MESSAGE_SIZE];

  memcpy(buffer, MESSAGE, MESSAGE_SIZE);
  printf("0x02: sending\n");
  rtems_test_assert(mq_send(queue, buffer, sizeof(buffer), 3) == 0);
  printf("0x02: sent\n");
  return argument;
}

#endif
