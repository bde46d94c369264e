/* A wheel of timeouts: slots of lists; an expired timeout is unlinked and its handler called. */
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { SLOTS = 8 };

typedef struct timeout {
  struct timeout *next, **link;
  uint32_t at;
  void (*expired)(struct timeout *which);
} timeout;

static timeout *wheel[SLOTS];
static pthread_mutex_t wheel_lock = PTHREAD_MUTEX_INITIALIZER;
static uint32_t now, expirations;

static void arm(timeout *which, uint32_t in)
{
  timeout **slot = &wheel[(now + in) % SLOTS];

  which->at = now + in;
  which->next = *slot;
  which->link = slot;
  if (*slot != NULL) {
    (*slot)->link = &which->next;
  }
  *slot = which;
}

static void disarm(timeout *which)
{
  *which->link = which->next;
  if (which->next != NULL) {
    which->next->link = which->link;
  }
}

static void on_expired(timeout *which)
{
  ++expirations;
  which->expired = NULL;
}

static void turn(void)
{
  pthread_mutex_lock(&wheel_lock);
  for (timeout *each = wheel[now % SLOTS]; each != NULL; each = each->next) {
    if (each->at == now) {
      disarm(each);
      each->expired(each);
    }
  }
  ++now;
  pthread_mutex_unlock(&wheel_lock);
}

static void *ticker(void *argument)
{
  (void) argument;
  for (int i = 0; i < 20; ++i) {
    turn();
    usleep(10000);
  }
  return NULL;
}

static void wait_for(uint32_t in)
{
  timeout mine = { .expired = on_expired };

  pthread_mutex_lock(&wheel_lock);
  arm(&mine, in);
  pthread_mutex_unlock(&wheel_lock);
  usleep(in * 8000);
}

static void *client(void *argument)
{
  (void) argument;
  wait_for(3);
  wait_for(5);
  usleep(100000);
  return NULL;
}

void *POSIX_Init(void *argument)
{
  pthread_t threads[2];

  (void) argument;
  pthread_create(&threads[0], NULL, ticker, NULL);
  pthread_create(&threads[1], NULL, client, NULL);
  pthread_join(threads[0], NULL);
  printf("%u expired\n", (unsigned) expirations);
  exit(0);
}

#define CONFIGURE_MAXIMUM_POSIX_THREADS 4
#include "posix_system.h"
