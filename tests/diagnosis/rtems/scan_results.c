/* Three scans in threads; their results are gathered when they end. */
#include <errno.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

struct result {
  uint32_t hits;
  uint32_t seen;
  int reported;
};

static struct result results[3];
static pthread_t scans[3];

static uint32_t mix(uint32_t a)
{
  volatile uint32_t scratch[12];

  for (int i = 0; i < 12; ++i) {
    scratch[i] = (a ^ 0x61616161u) * 2654435761u + i;
  }
  return scratch[3];
}

static void *scan(void *argument)
{
  struct result *result = argument;

  for (uint32_t i = 0; i < 50; ++i) {
    result->seen++;
    result->hits += mix(i) & 1;
  }
  return result;
}

static int start_all(void)
{
  for (int i = 0; i < 3; ++i) {
    if (pthread_create(&scans[i], NULL, scan, &results[i]) != 0) {
      return -1;
    }
  }
  return 0;
}

static void report_scan(int number)
{
  void *gathered;
  struct result *result;

  pthread_join(scans[number], &gathered);
  result = gathered;
  result->reported = 1;
  printf("scan %d: %u of %u\n", number, (unsigned) result->hits, (unsigned) result->seen);
}

void *POSIX_Init(void *argument)
{
  (void) argument;
  mix(7);
  if (start_all() == 0) {
    report_scan(0);
    report_scan(1);
    mix(9);
    report_scan(1);
  }
  exit(0);
}

#define CONFIGURE_MAXIMUM_POSIX_THREADS 5
#include "posix_system.h"
