/* A device is plugged in and out; who waits for its data gets it by a semaphore. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <rtems.h>

struct packet {
  uint32_t length;
  uint32_t sum;
};

static struct packet *packet;
static struct packet storage;
static rtems_id filled;
static uint32_t lengths;

static void plug_in(void)
{
  rtems_semaphore_create(rtems_build_name('F', 'I', 'L', 'L'), 0, RTEMS_COUNTING_SEMAPHORE, 0, &filled);
}

static void plug_out(void)
{
  packet = NULL;
  rtems_semaphore_delete(filled);
}

static void fill(uint32_t length)
{
  storage.length = length;
  packet = &storage;
  rtems_semaphore_release(filled);
}

static void wait_for_packet(void)
{
  rtems_semaphore_obtain(filled, RTEMS_WAIT, RTEMS_NO_TIMEOUT);
}

static rtems_task consumer(rtems_task_argument argument)
{
  (void) argument;
  for (int i = 0; i < 3; ++i) {
    wait_for_packet();
    packet->sum = packet->length * 3;
    lengths += packet->length;
  }
  exit(0);
}

rtems_task Init(rtems_task_argument argument)
{
  rtems_id id;

  plug_in();
  rtems_task_create(rtems_build_name('C', 'O', 'N', 'S'), 10, 4096, RTEMS_DEFAULT_MODES, RTEMS_DEFAULT_ATTRIBUTES, &id);
  rtems_task_start(id, consumer, argument);
  rtems_task_wake_after(2);
  fill(12);
  rtems_task_wake_after(2);
  plug_out();
  rtems_task_exit();
}

#define CONFIGURE_MAXIMUM_TASKS 5
#define CONFIGURE_MAXIMUM_SEMAPHORES 4
#include "classic_system.h"
