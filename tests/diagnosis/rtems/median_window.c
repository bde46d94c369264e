/* The median of a window of samples, which is sorted in room of its own on the stack. */

#include <alloca.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct window {
  uint16_t width;
  const uint32_t *samples;
};

static uint32_t medians[3];

static void insert(uint32_t *sorted, unsigned count, uint32_t sample)
{
  while (count > 0 && sorted[count - 1] > sample) {
    sorted[count] = sorted[count - 1];
    --count;
  }
  sorted[count] = sample;
}

static uint32_t median_of(const struct window *window)
{
  uint32_t *sorted = alloca(window->width);

  for (unsigned i = 0; i < window->width; ++i) {
    insert(sorted, i, window->samples[i]);
  }
  return sorted[window->width / 2];
}

static void *filter(void *argument)
{
  const struct window *windows = argument;

  for (unsigned i = 0; i < 3; ++i) {
    medians[i] = median_of(&windows[i]);
  }
  return NULL;
}

void *POSIX_Init(void *argument)
{
  static const uint32_t samples[] = {
    0x70000009, 0x70000003, 0x70000027, 0x70000011, 0x70000015, 0x70000031, 0x70000001, 0x70000045,
    0x70000005, 0x70000033, 0x70000007, 0x70000021, 0x70000035, 0x70000013, 0x70000017, 0x70000019,
  };
  static const struct window windows[] = { { 1, samples }, { 16, samples }, { 5, samples } };
  pthread_t thread;

  (void) argument;
  pthread_create(&thread, NULL, filter, (void *) windows);
  pthread_setname_np(thread, "filter");
  pthread_join(thread, NULL);
  printf("%08lx\n", (unsigned long) medians[0]);
  exit(0);
}

#define CONFIGURE_MAXIMUM_POSIX_THREADS 2
#include "posix_system.h"
