/* Samples come by a message queue, with a calibration table that each sample chooses. */
#include <errno.h>
#include <fcntl.h>
#include <mqueue.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

struct sample {
  uint32_t sensor;
  uint32_t table;
  int32_t value;
};

static int32_t gains[4] = { 10, 12, 9, 11 };
static int32_t *tables[2] = { gains, gains + 2 };
static mqd_t samples;
static int32_t sum;

static uint32_t stir(uint32_t seed)
{
  uint32_t state[8];

  for (unsigned i = 0; i < 8; ++i) {
    state[i] = seed * 0x9e3779b1u + (i << 28 | 0x0f000000u);
  }
  return state[seed & 7] ^ state[(seed + 3) & 7];
}

static void open_link(void)
{
  struct mq_attr attributes = { .mq_maxmsg = 4, .mq_msgsize = 32 };

  samples = mq_open("/samples", O_CREAT | O_RDWR, 0600, &attributes);
}

static void send_sample(uint32_t sensor, int32_t value)
{
  struct sample sample = { sensor, sensor & 1, value };

  mq_send(samples, (const char *) &sample, sizeof(sample), 0);
}

static void handle_sample(void)
{
  struct sample sample;

  mq_receive(samples, (char *) &sample, sizeof(sample), NULL);
  tables[sample.table][0] += sample.value;
  sum += sample.value;
}

static void *collector(void *argument)
{
  (void) argument;
  for (int i = 0; i < 3; ++i) {
    stir(sum + 0x1234567 + i);
    handle_sample();
  }
  return NULL;
}

void *POSIX_Init(void *argument)
{
  pthread_t thread;

  (void) argument;
  open_link();
  for (uint32_t i = 0; i < 3; ++i) {
    send_sample(i, 7 + (int32_t) i);
  }
  pthread_create(&thread, NULL, collector, NULL);
  pthread_setname_np(thread, "collector");
  pthread_join(thread, NULL);
  printf("%d\n", (int) sum);
  exit(0);
}

#define CONFIGURE_MAXIMUM_POSIX_THREADS 5
#define CONFIGURE_MAXIMUM_POSIX_MESSAGE_QUEUES 2
#define CONFIGURE_MESSAGE_BUFFER_MEMORY CONFIGURE_MESSAGE_BUFFERS_FOR_QUEUE(8, 64)
#include "posix_system.h"
