/* Pictures are scaled in memory of the heap; a list of jobs is behind them. */
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef struct {
  uint16_t width;
  uint16_t height;
  uint8_t *pixels;
} picture;

typedef struct job {
  struct job *next;
  void (*finish)(picture *result);
  picture *result;
} job;

static job *jobs;

static void checksum(picture *result)
{
  uint32_t sum = 0;

  for (unsigned i = 0; i < 64; ++i) {
    sum += result->pixels[i];
  }
  printf("%ux%u: %u\n", result->width, result->height, (unsigned) sum);
}

static picture *new_picture(uint16_t width, uint16_t height)
{
  picture *made = malloc(sizeof(*made));
  uint16_t size = width * height;

  made->width = width;
  made->height = height;
  made->pixels = malloc(size);
  return made;
}

static void add_job(picture *result)
{
  job *made = malloc(sizeof(*made));

  made->next = jobs;
  made->finish = checksum;
  made->result = result;
  jobs = made;
}

static void gradient(picture *target)
{
  for (unsigned y = 0; y < target->height; ++y) {
    memset(&target->pixels[y * target->width], 0x40 + y, target->width);
  }
}

static void *scaler(void *argument)
{
  static const uint16_t sizes[][2] = { { 32, 16 }, { 100, 60 }, { 272, 241 } };

  (void) argument;
  for (unsigned i = 0; i < 3; ++i) {
    picture *made = new_picture(sizes[i][0], sizes[i][1]);

    add_job(made);
    gradient(made);
    usleep(10000);
  }
  return NULL;
}

void *POSIX_Init(void *argument)
{
  pthread_t thread;

  (void) argument;
  pthread_create(&thread, NULL, scaler, NULL);
  pthread_join(thread, NULL);
  for (job *each = jobs; each != NULL; each = each->next) {
    each->finish(each->result);
  }
  exit(0);
}

#define CONFIGURE_MAXIMUM_POSIX_THREADS 3
#include "posix_system.h"
