/* Each thread has a context of its log by a key; its destructor writes the last line. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef struct {
  char *name;
  unsigned lines;
  void (*flush)(const char *name, unsigned lines);
} log_context;

static pthread_key_t key;
static char *last;

static void print_flush(const char *name, unsigned lines)
{
  printf("%s: %u lines\n", name, lines);
}

static void end_context(void *value)
{
  log_context *context = value;

  context->flush(context->name, context->lines);
  free(context);
}

static log_context *begin_context(const char *name)
{
  log_context *made = malloc(sizeof(*made));

  made->name = strdup(name);
  made->lines = 0;
  made->flush = print_flush;
  pthread_setspecific(key, made);
  return made;
}

static void log_line(const char *text)
{
  log_context *context = pthread_getspecific(key);

  ++context->lines;
  free(last);
  last = strdup(text);
}

static void close_log(void)
{
  log_context *mine = pthread_getspecific(key);

  free(mine->name);
  free(mine);
}

static void *worker(void *argument)
{
  begin_context(argument);
  log_line("begins here");
  usleep(10000);
  log_line("works on it");
  close_log();
  last = strdup("ended well.");
  return NULL;
}

void *POSIX_Init(void *argument)
{
  pthread_t thread;

  (void) argument;
  pthread_key_create(&key, end_context);
  pthread_create(&thread, NULL, worker, "worker");
  pthread_join(thread, NULL);
  exit(0);
}

#define CONFIGURE_MAXIMUM_POSIX_THREADS 3
#define CONFIGURE_MAXIMUM_POSIX_KEYS 2
#include "posix_system.h"
