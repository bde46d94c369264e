/* Services that are set up at their first use. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

static pthread_once_t log_once = PTHREAD_ONCE_INIT;
static pthread_once_t clock_once = PTHREAD_ONCE_INIT;
static int log_ready, clock_ready;

static void log_line(const char *text);
static int now_ms(void);

static void set_up_log(void)
{
  log_line("log begins");
  log_ready = 1;
}

static void set_up_clock(void)
{
  clock_ready = 1;
  log_line("clock begins");
}

static void log_line(const char *text)
{
  pthread_once(&log_once, set_up_log);
  printf("%d %s\n", log_ready ? now_ms() : 0, text);
}

static int now_ms(void)
{
  pthread_once(&clock_once, set_up_clock);
  return clock_ready * 17;
}

static void *worker(void *argument)
{
  (void) argument;
  printf("%d\n", now_ms());
  return NULL;
}

void *POSIX_Init(void *argument)
{
  pthread_t thread;

  (void) argument;
  pthread_create(&thread, NULL, worker, NULL);
  pthread_setname_np(thread, "worker");
  pthread_join(thread, NULL);
  exit(0);
}

#define CONFIGURE_MAXIMUM_POSIX_THREADS 5
#define CONFIGURE_MAXIMUM_FILE_DESCRIPTORS 6
#include "posix_system.h"
