/* Two workers; the supervisor reads their progress where they keep it, on their stacks. */

#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include <sys/mman.h>
#include <unistd.h>
#include <rtems.h>

#define STACK 8192

struct progress {
  int done;
  int of;
};

static const struct progress *volatile progress_of[2];
static pthread_barrier_t started, seen;

static void *worker(void *argument)
{
  struct progress progress = { 0, 10 };
  unsigned number = (unsigned) (size_t) argument;

  progress_of[number] = &progress;
  progress.done = 3 + (int) number;
  pthread_barrier_wait(&started);
  pthread_barrier_wait(&seen);
  return (void *) progress.done;
}

static int look_at(const char *name)
{
  int file = shm_open(name, O_CREAT | O_RDWR, 0600);
  void *stack;

  if (file < 0) {
    return -1;
  }
  ftruncate(file, STACK);
  stack = mmap(NULL, STACK, PROT_READ, MAP_SHARED, file, 0);
  close(file);
  return stack == MAP_FAILED ? -1 : 0;
}

static void show(unsigned number)
{
  const struct progress *progress = progress_of[number];

  printf("%u: %d of %d\n", number, progress->done, progress->of);
}

void *POSIX_Init(void *argument)
{
  static const char *const names[2] = { "WRK0", "WRK1" };
  pthread_t threads[2];

  (void) argument;
  pthread_barrier_init(&started, NULL, 3);
  pthread_barrier_init(&seen, NULL, 3);
  for (unsigned i = 0; i < 2; ++i) {
    pthread_create(&threads[i], NULL, worker, (void *) (size_t) i);
    rtems_object_set_name((rtems_id) threads[i], names[i]);
  }
  pthread_barrier_wait(&started);
  look_at("/taskfs/WRK0");
  look_at("/taskfs/WRK0");
  show(0);
  show(1);
  pthread_barrier_wait(&seen);
  exit(0);
}

#define CONFIGURE_MAXIMUM_POSIX_THREADS 4
#define CONFIGURE_MAXIMUM_POSIX_SHMS 3
#define CONFIGURE_MAXIMUM_FILE_DESCRIPTORS 8
#include "posix_system.h"
