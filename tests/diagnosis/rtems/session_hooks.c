/* Sessions of a server: each has hooks, which the closer calls. */
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef struct session {
  struct session *next;
  char peer[16];
  uint32_t bytes;
  void (*on_data)(struct session *self, uint32_t count);
  void (*on_close)(struct session *self);
} session;

static session *sessions;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static void count(session *self, uint32_t bytes)
{
  self->bytes += bytes;
}

static void farewell(session *self)
{
  printf("%s: %u bytes\n", self->peer, (unsigned) self->bytes);
}

static session *open_session(const char *peer, void (*on_close)(session *))
{
  session *made = malloc(sizeof(*made));

  strlcpy(made->peer, peer, sizeof(made->peer));
  made->bytes = 0;
  made->on_data = count;
  if (on_close != NULL) {
    made->on_close = on_close;
  }
  pthread_mutex_lock(&lock);
  made->next = sessions;
  sessions = made;
  pthread_mutex_unlock(&lock);
  return made;
}

static void print_banner(const char *name)
{
  char *text = malloc(sizeof(session));

  memset(text, '=', sizeof(session) - 1);
  text[sizeof(session) - 1] = '\0';
  memcpy(text + 2, name, strlen(name));
  puts(text);
  free(text);
}

static void *server(void *argument)
{
  (void) argument;
  open_session("10.0.0.7", farewell)->on_data(sessions, 100);
  print_banner("server");
  open_session("10.0.0.9", NULL)->on_data(sessions, 300);
  usleep(10000);
  open_session("10.0.0.12", farewell)->on_data(sessions, 20);
  return NULL;
}

static void *closer(void *argument)
{
  (void) argument;
  usleep(100000);
  while (sessions != NULL) {
    session *first = sessions;

    pthread_mutex_lock(&lock);
    sessions = first->next;
    pthread_mutex_unlock(&lock);
    if (first->on_close != NULL) {
      first->on_close(first);
    }
    free(first);
  }
  return NULL;
}

void *POSIX_Init(void *argument)
{
  pthread_t threads[2];

  (void) argument;
  pthread_create(&threads[0], NULL, server, NULL);
  pthread_create(&threads[1], NULL, closer, NULL);
  pthread_join(threads[0], NULL);
  pthread_join(threads[1], NULL);
  exit(0);
}

#define CONFIGURE_MAXIMUM_POSIX_THREADS 3
#include "posix_system.h"
