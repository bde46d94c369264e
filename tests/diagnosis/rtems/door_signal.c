/* A door controller: one thread waits until the motor is ready, another says when it is. */

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <rtems.h>

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t motor_ready = PTHREAD_COND_INITIALIZER;

static int open_count;

static void self_test(void)
{
  usleep(40000);
  printf("door: self test passed\n");
}

static void *motor(void *argument)
{
  usleep(10000); /* spin up */
  pthread_mutex_lock(&mutex);
  pthread_cond_signal(&motor_ready);
  pthread_mutex_unlock(&mutex);
  return argument;
}

static void wait_for_motor(void)
{
  pthread_mutex_lock(&mutex);
  pthread_cond_wait(&motor_ready, &mutex);
  pthread_mutex_unlock(&mutex);
}

static void *door(void *argument)
{
  self_test();
  wait_for_motor();
  ++open_count;
  printf("door: open\n");
  return argument;
}

void *POSIX_Init(void *argument)
{
  pthread_t threads[2];

  (void) argument;
  pthread_create(&threads[0], NULL, door, NULL);
  pthread_create(&threads[1], NULL, motor, NULL);
  for (int i = 0; i < 2; ++i) {
    pthread_join(threads[i], NULL);
  }
  printf("opened %d times\n", open_count);
  exit(0);
}

#define CONFIGURE_MAXIMUM_POSIX_THREADS 3
#include "posix_system.h"
