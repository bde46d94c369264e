/* Frames of a serial link: a length, a kind, a payload and a checksum. */
#include <mqueue.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HEADER 4
#define LIMIT 32

struct frame {
  uint16_t length; /* with the header */
  uint16_t kind;
  uint8_t payload[LIMIT];
};

static struct frame received;
static uint32_t accepted;
static pthread_mutex_t frame_lock = PTHREAD_MUTEX_INITIALIZER;

static uint32_t checksum(const uint8_t *data, uint32_t size)
{
  uint32_t sum = 0;

  while (size-- > 0) {
    sum = (sum << 1 | sum >> 31) ^ *data++;
  }
  return sum;
}

static void decode(const struct frame *frame)
{
  uint32_t size = frame->length - HEADER;

  accepted += checksum(frame->payload, size) != 0;
}

static void receive(const uint8_t *bytes, size_t count)
{
  pthread_mutex_lock(&frame_lock);
  memcpy(&received, bytes, count);
  pthread_mutex_unlock(&frame_lock);
}

static void *link_thread(void *argument)
{
  static const uint8_t line[][8] = { { 8, 0, 1, 0, 'a', 'b', 'c', 'd' }, { 6, 0, 1, 0, 'e', 'f' }, { 2, 0, 1, 0 } };

  (void) argument;
  for (unsigned i = 0; i < 3; ++i) {
    receive(line[i], sizeof(line[i]));
    decode(&received);
  }
  return NULL;
}

void *POSIX_Init(void *argument)
{
  pthread_t thread;

  (void) argument;
  pthread_create(&thread, NULL, link_thread, NULL);
  pthread_setname_np(thread, "link");
  pthread_join(thread, NULL);
  printf("%u frames\n", (unsigned) accepted);
  exit(0);
}

#define CONFIGURE_MAXIMUM_POSIX_THREADS 4
#include "posix_system.h"
