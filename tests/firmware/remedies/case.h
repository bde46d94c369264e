/* What the cases have in common: includes, one way to make a thread, and a stack that is neither moved nor optimised. */

#define _GNU_SOURCE

#include <fcntl.h>
#include <mqueue.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <rtems.h>

#define CHECK(condition) ((condition) ? (void) 0 : (printf("%s:%d: %s\n", __FILE__, __LINE__, #condition), exit(1)))

static inline pthread_t start(void *(*entry)(void *))
{
  pthread_t thread;

  CHECK(pthread_create(&thread, NULL, entry, NULL) == 0);
  return thread;
}

static inline rtems_id start_task(rtems_name name, rtems_task_priority priority, rtems_task_entry entry)
{
  rtems_id task;

  CHECK(rtems_task_create(name, priority, 4096, RTEMS_DEFAULT_MODES, RTEMS_DEFAULT_ATTRIBUTES, &task) == 0);
  CHECK(rtems_task_start(task, entry, 0) == RTEMS_SUCCESSFUL);
  return task;
}
