/* A producer sends samples to a logger through a POSIX message queue. */

#include <fcntl.h>
#include <mqueue.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <rtems.h>

#define QUEUE "/samples"

struct sample {
  unsigned sequence;
  int millivolts;
};

static void *logger(void *argument)
{
  mqd_t queue = mq_open(QUEUE, O_RDONLY);
  int total = 0;

  (void) argument;
  for (unsigned received = 0; received < 3; ++received) {
    struct sample sample;
    ssize_t size = mq_receive(queue, (char *) &sample, sizeof sample, NULL);

    if (size == (ssize_t) sizeof sample) {
      total += sample.millivolts;
      printf("sample %u: %d mV\n", sample.sequence, sample.millivolts);
    }
  }
  printf("mean %d mV\n", total / 3);
  return NULL;
}

static int publish(mqd_t queue, unsigned sequence, int millivolts)
{
  struct sample sample = { .sequence = sequence, .millivolts = millivolts };

  return mq_send(queue, (const char *) &sample, sizeof sample, 1);
}

static void *sensor(void *argument)
{
  mqd_t queue = mq_open(QUEUE, O_WRONLY);

  (void) argument;
  for (unsigned sequence = 0; sequence < 3; ++sequence) {
    usleep(30000);
    if (publish(queue, sequence, 1200 + 25 * (int) sequence) != 0) {
      perror("mq_send");
    }
  }
  return NULL;
}

void *POSIX_Init(void *argument)
{
  struct mq_attr attributes = { .mq_maxmsg = 4, .mq_msgsize = sizeof(struct sample) };
  pthread_t reader, writer;

  (void) argument;
  if (mq_open(QUEUE, O_CREAT | O_RDWR, 0600, &attributes) == (mqd_t) -1) {
    perror("mq_open");
    exit(1);
  }
  pthread_create(&reader, NULL, logger, NULL);
  pthread_setname_np(reader, "logger");
  pthread_create(&writer, NULL, sensor, NULL);
  pthread_setname_np(writer, "sensor");
  pthread_join(reader, NULL);
  pthread_join(writer, NULL);
  exit(0);
}

#define CONFIGURE_MAXIMUM_POSIX_THREADS 3
#define CONFIGURE_MAXIMUM_POSIX_MESSAGE_QUEUES 1
#define CONFIGURE_MESSAGE_BUFFER_MEMORY CONFIGURE_MESSAGE_BUFFERS_FOR_QUEUE(4, sizeof(struct sample))
#include "posix_system.h"
