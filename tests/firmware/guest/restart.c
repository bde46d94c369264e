/* A task that restarts itself stands on the stack it begins again on; a restart runs the cleanup handlers first. */
#include <rtems.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>

static volatile int cleaned;
static sem_t reached;

static void clean(void *by)
{
  ++cleaned;
  printf("cleanup of %s\n", (const char *) by);
}

static rtems_task worker(rtems_task_argument argument)
{
  printf("worker %d\n", (int) argument);
  if (argument == 1) {
    pthread_cleanup_push(clean, "worker");
    sem_post(&reached);
    rtems_task_wake_after(RTEMS_NO_TIMEOUT);
    pthread_cleanup_pop(0);
  }
  sem_post(&reached);
  rtems_task_suspend(RTEMS_SELF);
}

static rtems_task Init(rtems_task_argument argument)
{
  rtems_id id;

  printf("Init %d\n", (int) argument);
  if (argument < 3) {
    pthread_cleanup_push(clean, "Init");
    rtems_task_restart(RTEMS_SELF, argument + 1);
    pthread_cleanup_pop(0);
  }
  sem_init(&reached, 0, 0);
  rtems_task_create(rtems_build_name('W', 'O', 'R', 'K'), 5, 4096, RTEMS_DEFAULT_MODES, RTEMS_DEFAULT_ATTRIBUTES, &id);
  rtems_task_start(id, worker, 1);
  sem_wait(&reached);
  printf("restart: %s\n", rtems_status_text(rtems_task_restart(id, 2)));
  sem_wait(&reached);
  printf("restart: %s\n", rtems_status_text(rtems_task_restart(id, 3)));
  sem_wait(&reached);
  printf("cleaned %d\n", cleaned);
  exit(0);
}

#define CONFIGURE_APPLICATION_NEEDS_CLOCK_DRIVER
#define CONFIGURE_APPLICATION_NEEDS_SIMPLE_CONSOLE_DRIVER
#define CONFIGURE_MAXIMUM_TASKS 2
#define CONFIGURE_RTEMS_INIT_TASKS_TABLE
#define CONFIGURE_INIT
#include <rtems/confdefs.h>
