/* Each connection has a thread and the thread a session, which is found by a key. */

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

struct session {
  const char *user;
  unsigned requests;
};

static pthread_key_t key;

static void open_session(const char *user)
{
  struct session *session = calloc(1, sizeof *session);

  session->user = user;
  pthread_setspecific(key, session);
}

static struct session *current(void)
{
  return pthread_getspecific(key);
}

static void count_request(void)
{
  ++current()->requests;
}

static void *serve(void *argument)
{
  for (unsigned i = 0; i < 3; ++i) {
    count_request();
  }
  return argument;
}

void *POSIX_Init(void *argument)
{
  pthread_t thread;

  pthread_key_create(&key, free);
  open_session("root");
  count_request();
  pthread_create(&thread, NULL, serve, argument);
  pthread_join(thread, NULL);
  printf("%s: %u requests\n", current()->user, current()->requests);
  exit(0);
}

#define CONFIGURE_MAXIMUM_POSIX_THREADS 2
#define CONFIGURE_MAXIMUM_POSIX_KEYS 1
#define CONFIGURE_MAXIMUM_POSIX_KEY_VALUE_PAIRS 4
#include "posix_system.h"
