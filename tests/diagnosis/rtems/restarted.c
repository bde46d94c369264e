/* A sampling thread that is started again after it ended. Its results are read through a share of its stack, by name. */

#include <fcntl.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include <rtems.h>

#define STACK_SIZE 8192

static int *volatile samples;
static sem_t sampled, seen;

static void *sampler(void *argument)
{
  int local[4];

  for (int i = 0; i < 4; ++i) {
    local[i] = 100 + i * (int) (size_t) argument;
  }
  samples = local;
  sem_post(&sampled);
  sem_wait(&seen);
  return NULL;
}

static pthread_t start_sampler(unsigned factor)
{
  pthread_attr_t attributes;
  pthread_t thread;

  pthread_attr_init(&attributes);
  pthread_attr_setstacksize(&attributes, STACK_SIZE);
  pthread_create(&thread, &attributes, sampler, (void *) (size_t) factor);
  rtems_object_set_name(thread, "SMPL");
  return thread;
}

static void share_by_name(const char *path)
{
  int fd = shm_open(path, O_CREAT | O_RDWR, 0600);

  if (fd < 0 || ftruncate(fd, STACK_SIZE) != 0 || mmap(NULL, STACK_SIZE, PROT_READ, MAP_SHARED, fd, 0) == MAP_FAILED) {
    perror(path);
    exit(1);
  }
  close(fd);
}

static int sum_samples(void)
{
  int sum = 0;

  for (int i = 0; i < 4; ++i) {
    sum += samples[i];
  }
  return sum;
}

static void measure(pthread_t thread)
{
  sem_wait(&sampled);
  printf("sum %d\n", sum_samples());
  sem_post(&seen);
  pthread_join(thread, NULL);
}

void *POSIX_Init(void *argument)
{
  pthread_t thread;

  (void) argument;
  sem_init(&sampled, 0, 0);
  sem_init(&seen, 0, 0);
  thread = start_sampler(1);
  share_by_name("/taskfs/SMPL");
  measure(thread);
  measure(start_sampler(2));
  exit(0);
}

#define CONFIGURE_MAXIMUM_POSIX_THREADS 2
#define CONFIGURE_MAXIMUM_POSIX_SHMS 1
#define CONFIGURE_MAXIMUM_FILE_DESCRIPTORS 4
#include "posix_system.h"
