/* Frames of a radio carry their length in a byte; the payload is copied into a fixed buffer. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <rtems.h>

typedef struct {
  uint8_t payload[24];
  uint32_t received;
  void (*deliver)(const uint8_t *payload, uint8_t length);
} channel;

static channel channels[2];
static const uint8_t air[3][40] = {
  { 0, 5, 'h', 'e', 'l', 'l', 'o' },
  { 1, 3, 'y', 'e', 's' },
  { 1, 33, 'a', ' ', 'l', 'o', 'n', 'g', ' ', 't', 'e', 'x', 't', ' ', 'a', 'b', 'o', 'u', 't', ' ', 't', 'h', 'e', ' ',
    'w', 'e', 'a', 't', 'h', 'e', 'r', ' ', 'h', 'e', 'r', 'e', '!' },
};
static rtems_id heard, finished;
static volatile unsigned at_frame;

static void deliver_text(const uint8_t *payload, uint8_t length)
{
  printf("%.*s\n", length, (const char *) payload);
}

static void receive_frame(const uint8_t *frame)
{
  channel *to = &channels[frame[0] & 1];
  uint8_t length = frame[1] & 0x3f;

  memcpy(to->payload, frame + 2, length);
  to->received += length;
}

static rtems_task radio(rtems_task_argument argument)
{
  (void) argument;
  for (unsigned i = 0; i < 3; ++i) {
    receive_frame(air[i]);
    at_frame = i;
    rtems_semaphore_release(heard);
    rtems_task_wake_after(2);
  }
  rtems_task_exit();
}

static rtems_task reader(rtems_task_argument argument)
{
  (void) argument;
  for (unsigned i = 0; i < 3; ++i) {
    rtems_semaphore_obtain(heard, RTEMS_WAIT, RTEMS_NO_TIMEOUT);
    const uint8_t *frame = air[at_frame];

    channels[frame[0]].deliver(channels[frame[0]].payload, frame[1]);
  }
  rtems_semaphore_release(finished);
  rtems_task_exit();
}

rtems_task Init(rtems_task_argument argument)
{
  static const rtems_task_entry entries[2] = { radio, reader };
  rtems_id id;

  channels[0].deliver = channels[1].deliver = deliver_text;
  rtems_semaphore_create(rtems_build_name('H', 'E', 'R', 'D'), 0, RTEMS_COUNTING_SEMAPHORE, 0, &heard);
  rtems_semaphore_create(rtems_build_name('F', 'I', 'N', 'I'), 0, RTEMS_COUNTING_SEMAPHORE, 0, &finished);
  for (int i = 0; i < 2; ++i) {
    rtems_task_create(rtems_build_name('R', 'A', 'D', '0' + i), 20 - i, 4096, RTEMS_DEFAULT_MODES, RTEMS_DEFAULT_ATTRIBUTES, &id);
    rtems_task_start(id, entries[i], argument);
  }
  rtems_semaphore_obtain(finished, RTEMS_WAIT, RTEMS_NO_TIMEOUT);
  exit(0);
}

#define CONFIGURE_MAXIMUM_TASKS 4
#define CONFIGURE_MAXIMUM_SEMAPHORES 3
#include "classic_system.h"
