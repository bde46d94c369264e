/* A pool of workers; stop_pool() ends them all. */
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { WORKERS = 3, SLOTS = 8 };

typedef struct {
  pthread_mutex_t lock;
  pthread_cond_t changed;
  int work[SLOTS];
  int waiting;
  bool stopping;
  pthread_t workers[WORKERS];
  int done;
} pool;

static pool the_pool = { .lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER };

static bool take_work(pool *from, int *work)
{
  bool taken = false;

  pthread_mutex_lock(&from->lock);
  while (from->waiting == 0 && !from->stopping) {
    pthread_cond_wait(&from->changed, &from->lock);
  }
  if (from->waiting > 0) {
    *work = from->work[--from->waiting];
    taken = true;
  }
  pthread_mutex_unlock(&from->lock);
  return taken;
}

static void *worker(void *argument)
{
  pool *mine = argument;
  int work;

  while (take_work(mine, &work)) {
    pthread_mutex_lock(&mine->lock);
    mine->done += work;
    pthread_mutex_unlock(&mine->lock);
  }
  return NULL;
}

static void add_work(pool *to, int work)
{
  pthread_mutex_lock(&to->lock);
  to->work[to->waiting++] = work;
  pthread_cond_signal(&to->changed);
  pthread_mutex_unlock(&to->lock);
}

static void stop_pool(pool *which)
{
  pthread_mutex_lock(&which->lock);
  which->stopping = true;
  pthread_cond_signal(&which->changed);
  pthread_mutex_unlock(&which->lock);
  for (int i = 0; i < WORKERS; ++i) {
    pthread_join(which->workers[i], NULL);
  }
}

void *POSIX_Init(void *argument)
{
  (void) argument;
  for (int i = 0; i < WORKERS; ++i) {
    pthread_create(&the_pool.workers[i], NULL, worker, &the_pool);
  }
  for (int i = 0; i < 6; ++i) {
    add_work(&the_pool, i);
  }
  sleep(1);
  stop_pool(&the_pool);
  printf("%d done\n", the_pool.done);
  exit(0);
}

#define CONFIGURE_MAXIMUM_POSIX_THREADS 5
#include "posix_system.h"
