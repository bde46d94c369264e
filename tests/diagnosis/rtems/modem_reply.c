/* A modem driver: a command is sent and the reply waited for, at most half a second. */
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct reply {
  int code;
  int seen;
  char text[20];
};

struct modem {
  pthread_mutex_t lock;
  pthread_cond_t answered;
  struct reply *reply;
  int commands;
};

static struct modem modem;
static struct reply reply_store;

static void *modem_task(void *argument)
{
  struct modem *m = argument;

  for (int i = 0; i < 3; ++i) {
    nanosleep(&(struct timespec) { 0, 100000000 }, NULL);
    pthread_mutex_lock(&m->lock);
    if (m->commands > 0) {
      reply_store.code = 200 + i;
      strcpy(reply_store.text, "OK");
      m->reply = &reply_store;
      pthread_cond_signal(&m->answered);
    }
    pthread_mutex_unlock(&m->lock);
  }
  return NULL;
}

static struct reply *command(struct modem *m, const char *text)
{
  struct timespec limit = { 0, 500000000 };
  struct reply *reply;

  pthread_mutex_lock(&m->lock);
  m->commands += (int) strlen(text) > 0;
  m->reply = NULL;
  pthread_cond_timedwait(&m->answered, &m->lock, &limit);
  reply = m->reply;
  pthread_mutex_unlock(&m->lock);
  return reply;
}

static void dial(struct modem *m, const char *number)
{
  struct reply *reply = command(m, number);

  reply->seen = 1;
  printf("modem says %d %s\n", reply->code, reply->text);
}

void *POSIX_Init(void *argument)
{
  pthread_t thread;
  struct timespec now = { 1700000000, 0 };

  (void) argument;
  clock_settime(CLOCK_REALTIME, &now);
  pthread_mutex_init(&modem.lock, NULL);
  pthread_cond_init(&modem.answered, NULL);
  pthread_create(&thread, NULL, modem_task, &modem);
  pthread_setname_np(thread, "modem");
  dial(&modem, "ATD0301234");
  pthread_join(thread, NULL);
  exit(0);
}

#define CONFIGURE_MAXIMUM_POSIX_THREADS 4
#include "posix_system.h"
