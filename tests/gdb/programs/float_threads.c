/* Two threads that wait with a float each in a register that calls keep, and one that faults with another there. */
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <rtems.h>

static sem_t never;

static void *waits(void *argument)
{
  float value = *(const float *) argument;

  __asm__ volatile ("vmov s20, %0" : : "r"(value) : "s20");
  sem_wait(&never);
  return NULL;
}

void *POSIX_Init(void *argument)
{
  static const float values[] = { 2.5f, 3.5f };
  pthread_t thread;

  (void) argument;
  sem_init(&never, 0, 0);
  for (int i = 0; i < 2; i++)
    pthread_create(&thread, NULL, waits, (void *) &values[i]);
  sched_yield();
  __asm__ volatile ("vmov.f32 s20, #4.5" : : : "s20");
  *(volatile int *) 0x60000000 = 1;
  exit(0);
}

#define CONFIGURE_APPLICATION_NEEDS_CLOCK_DRIVER
#define CONFIGURE_APPLICATION_NEEDS_CONSOLE_DRIVER
#define CONFIGURE_MAXIMUM_POSIX_THREADS 3
#define CONFIGURE_POSIX_INIT_THREAD_TABLE
#define CONFIGURE_INIT
#include <rtems/confdefs.h>
