/* Measurements that are begun again from a common point where something goes wrong. */

#include <pthread.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static jmp_buf again;
static int failures;

static int measure(int channel)
{
  usleep(1000);
  if (channel == 3 && failures == 0) {
    ++failures;
    longjmp(again, 1);
  }
  return channel * 11;
}

static int scan(int first, int last)
{
  int sum = 0;

  for (int channel = first; channel <= last; ++channel) {
    sum += measure(channel);
  }
  return sum;
}

static void *scanner(void *argument)
{
  (void) argument;
  printf("scanned %d\n", scan(0, 7));
  return NULL;
}

static void begin(void)
{
  pthread_t thread;

  if (setjmp(again) != 0) {
    printf("once more\n");
  }
  pthread_create(&thread, NULL, scanner, NULL);
  pthread_join(thread, NULL);
}

void *POSIX_Init(void *argument)
{
  (void) argument;
  begin();
  exit(0);
}

#define CONFIGURE_MAXIMUM_POSIX_THREADS 3
#include "posix_system.h"
