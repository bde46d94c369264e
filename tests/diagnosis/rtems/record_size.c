/* Records of several sizes come through a message queue; the reader takes the short ones. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rtems.h>

static rtems_id queue;

static void send_records(void)
{
  char record[48];

  for (unsigned i = 0; i < sizeof record; ++i) {
    record[i] = (char) ('A' + i % 26);
  }
  rtems_message_queue_send(queue, record, 12);
  rtems_message_queue_send(queue, record, sizeof record);
}

static unsigned long __attribute__((noinline)) read_record(void)
{
  char record[16];
  size_t size = 0;
  unsigned long sum = 0;

  if (rtems_message_queue_receive(queue, record, &size, RTEMS_NO_WAIT, 0) != RTEMS_SUCCESSFUL) {
    return 0;
  }
  for (size_t i = 0; i < sizeof record; ++i) {
    sum += (unsigned char) record[i];
  }
  return sum;
}

rtems_task Init(rtems_task_argument argument)
{
  (void) argument;
  rtems_message_queue_create(rtems_build_name('R', 'E', 'C', 'S'), 4, 64, RTEMS_DEFAULT_ATTRIBUTES, &queue);
  send_records();
  printf("%lu\n", read_record());
  printf("%lu\n", read_record());
  exit(0);
}

#define CONFIGURE_MAXIMUM_TASKS 1
#define CONFIGURE_MAXIMUM_MESSAGE_QUEUES 1
#define CONFIGURE_MESSAGE_BUFFER_MEMORY 512
#include "classic_system.h"
