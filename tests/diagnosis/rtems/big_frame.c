/* A worker with its stack in its control block; settings of the block stand before the stack. */

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <rtems.h>

struct settings {
  const char *title;
  unsigned threshold;
};

static struct worker {
  char history[28];
  const struct settings *settings;
  char stack[4096] __attribute__((aligned(32)));
  pthread_t thread;
} worker;

static const struct settings factory_settings = { "factory", 40 };

static unsigned checksum(const unsigned char *bytes, unsigned size)
{
  unsigned sum = 0;

  while (size-- > 0) {
    sum = (sum << 1 | sum >> 31) ^ *bytes++;
  }
  return sum;
}

static unsigned digest_page(unsigned seed)
{
  unsigned char page[4096];

  memset(page, (int) seed, sizeof page);
  return checksum(page, sizeof page);
}

static void *work(void *argument)
{
  unsigned total = 0;

  (void) argument;
  for (unsigned round = 1; round <= 2; ++round) {
    usleep(10000);
    total ^= digest_page(round);
  }
  printf("digest %08x\n", total);
  return NULL;
}

static void report_settings(const struct worker *of)
{
  printf("%s: threshold %u\n", of->settings->title, of->settings->threshold);
}

void *POSIX_Init(void *argument)
{
  pthread_attr_t attributes;

  (void) argument;
  worker.settings = &factory_settings;
  pthread_attr_init(&attributes);
  pthread_attr_setstack(&attributes, worker.stack, sizeof worker.stack);
  if (pthread_create(&worker.thread, &attributes, work, NULL) != 0) {
    exit(1);
  }
  report_settings(&worker);
  pthread_join(worker.thread, NULL);
  report_settings(&worker);
  exit(0);
}

#define CONFIGURE_MAXIMUM_POSIX_THREADS 2
#include "posix_system.h"
