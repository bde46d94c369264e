/* Thread-local variables: first values, alignment, each thread its own; a restarted task begins with the first values. */
#include <pthread.h>
#include <rtems.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

static _Thread_local int value = 5;
static _Thread_local char zeros[100];
static _Thread_local int aligned __attribute__((aligned(64))) = 7;

static void *thread(void *name)
{
  ++value;
  aligned += 2;
  ++zeros[3];
  printf("%s: %d %d %d %d\n", (char *) name, value, aligned, zeros[3], (int) ((uintptr_t) &aligned % 64));
  sched_yield();
  printf("%s: %d %d %d %d\n", (char *) name, value, aligned, zeros[3], zeros[2]);
  return NULL;
}

static rtems_task task(rtems_task_argument argument)
{
  printf("task: %d\n", value++);
  (void) argument;
  rtems_task_suspend(RTEMS_SELF);
}

static rtems_task Init(rtems_task_argument argument)
{
  pthread_t threads[2];
  rtems_id id;

  (void) argument;
  pthread_create(&threads[0], NULL, thread, "a");
  pthread_create(&threads[1], NULL, thread, "b");
  pthread_join(threads[0], NULL);
  pthread_join(threads[1], NULL);
  printf("Init: %d %d\n", value, aligned);
  rtems_task_create(rtems_build_name('T', 'A', 'S', 'K'), 1, 4096, 0, 0, &id);
  rtems_task_start(id, task, 0);
  rtems_task_wake_after(1);
  rtems_task_restart(id, 0);
  rtems_task_wake_after(1);
  exit(0);
}

#define CONFIGURE_APPLICATION_NEEDS_CLOCK_DRIVER
#define CONFIGURE_APPLICATION_NEEDS_CONSOLE_DRIVER
#define CONFIGURE_MAXIMUM_TASKS 2
#define CONFIGURE_MAXIMUM_POSIX_THREADS 2
#define CONFIGURE_INIT_TASK_INITIAL_MODES RTEMS_DEFAULT_MODES
#define CONFIGURE_RTEMS_INIT_TASKS_TABLE
#define CONFIGURE_INIT
#include <rtems/confdefs.h>
