/* A master asks a slave, a slave answers; each has a queue of two messages. */
#include <fcntl.h>
#include <mqueue.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

typedef struct {
  uint32_t sequence;
  uint32_t value;
} frame;

enum { BATCH = 6 };

static mqd_t to_slave, to_master;
static frame master_frame, slave_frame;
static uint32_t answered;

static void ask(uint32_t sequence)
{
  master_frame = (frame) { sequence, sequence * 3 };
  mq_send(to_slave, (const char *) &master_frame, sizeof(master_frame), 0);
}

static void *master(void *argument)
{
  (void) argument;
  for (uint32_t i = 0; i < BATCH; ++i) {
    ask(i);
  }
  while (answered < BATCH) {
    mq_receive(to_master, (char *) &master_frame, sizeof(master_frame), NULL);
    ++answered;
  }
  return NULL;
}

static void answer(void)
{
  slave_frame.value += 1;
  mq_send(to_master, (const char *) &slave_frame, sizeof(slave_frame), 0);
}

static void *slave(void *argument)
{
  (void) argument;
  for (;;) {
    mq_receive(to_slave, (char *) &slave_frame, sizeof(slave_frame), NULL);
    answer();
  }
  return NULL;
}

static mqd_t open_queue(const char *name)
{
  struct mq_attr attributes = { .mq_maxmsg = 2, .mq_msgsize = sizeof(frame) };

  return mq_open(name, O_CREAT | O_RDWR, 0600, &attributes);
}

void *POSIX_Init(void *argument)
{
  pthread_t threads[2];

  (void) argument;
  to_slave = open_queue("/slave");
  to_master = open_queue("/master");
  pthread_create(&threads[0], NULL, slave, NULL);
  pthread_create(&threads[1], NULL, master, NULL);
  pthread_join(threads[1], NULL);
  printf("%u answers\n", (unsigned) answered);
  exit(0);
}

#define CONFIGURE_MAXIMUM_POSIX_THREADS 4
#define CONFIGURE_MAXIMUM_POSIX_MESSAGE_QUEUES 2
#define CONFIGURE_MESSAGE_BUFFER_MEMORY (2 * CONFIGURE_MESSAGE_BUFFERS_FOR_QUEUE(2, sizeof(frame)))
#define CONFIGURE_MAXIMUM_FILE_DESCRIPTORS 5
#include "posix_system.h"
