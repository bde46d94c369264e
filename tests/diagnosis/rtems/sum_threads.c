/* Partial sums by threads of their own. */

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include <rtems.h>

struct part {
  const int *values;
  unsigned count;
};

struct result {
  long sum;
  unsigned count;
};

static const int values[] = { 3, 1, 4, 1, 5, 9, 2, 6 };

static void add_up(const struct part *part, struct result *result)
{
  result->sum = 0;
  result->count = part->count;
  for (unsigned i = 0; i < part->count; ++i) {
    result->sum += part->values[i];
  }
}

static void *sum_part(void *argument)
{
  struct result result;
  void *answer = &result;

  add_up(argument, &result);
  return answer;
}

static long collect(pthread_t thread)
{
  void *answer;
  const struct result *result;

  pthread_join(thread, &answer);
  result = answer;
  return result->sum;
}

void *POSIX_Init(void *argument)
{
  static struct part parts[2] = { { values, 4 }, { values + 4, 4 } };
  pthread_t threads[2];
  long sum = 0;

  (void) argument;
  for (unsigned i = 0; i < 2; ++i) {
    pthread_create(&threads[i], NULL, sum_part, &parts[i]);
  }
  for (unsigned i = 0; i < 2; ++i) {
    sum += collect(threads[i]);
  }
  printf("sum %ld\n", sum);
  exit(0);
}

#define CONFIGURE_APPLICATION_NEEDS_CLOCK_DRIVER
#define CONFIGURE_APPLICATION_NEEDS_CONSOLE_DRIVER
#define CONFIGURE_MAXIMUM_POSIX_THREADS 4
#define CONFIGURE_MAXIMUM_POSIX_SHMS 3
#define CONFIGURE_MAXIMUM_FILE_DESCRIPTORS 8
#define CONFIGURE_POSIX_INIT_THREAD_TABLE
#define CONFIGURE_INIT
#include <rtems/confdefs.h>
