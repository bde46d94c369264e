/*
 * What most applications here start with: named threads on stacks of their own, and sharing the long way.
 *
 * Everything is checked with rtems_test_assert(): an application that fails for another reason than the one it shows
 * ends with exit code 1, not with the outcome it expects.
 */

#ifndef FIRMWARE_THREADS_H
#define FIRMWARE_THREADS_H

#define _GNU_SOURCE

#include <errno.h>
#include <fcntl.h>
#include <mqueue.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <tmacros.h>

#define STACK_SIZE 8192

/* Page-aligned, as RTEMS's samples allocate stacks: 8 KiB at 4 KiB alignment is not one MPU region. */
static inline void *new_stack(void)
{
  void *stack = NULL;

  rtems_test_assert(posix_memalign(&stack, 4096, STACK_SIZE) == 0);
  return stack;
}

static inline void set_name(pthread_t thread, const char *name)
{
  rtems_test_assert(rtems_object_set_name(thread, name) == RTEMS_SUCCESSFUL);
}

/* Starts a thread of the caller's priority; it runs when the caller blocks, yields or ends. NULL: a kernel's stack. */
static inline pthread_t start_thread(const char *name, void *stack, void *(*entry)(void *), void *argument)
{
  pthread_t thread;
  pthread_attr_t attributes;

  rtems_test_assert(pthread_attr_init(&attributes) == 0);
  if (stack != NULL) {
    rtems_test_assert(pthread_attr_setstack(&attributes, stack, STACK_SIZE) == 0);
  } else {
    rtems_test_assert(pthread_attr_setstacksize(&attributes, STACK_SIZE) == 0);
  }
  rtems_test_assert(pthread_create(&thread, &attributes, entry, argument) == 0);
  rtems_test_assert(pthread_attr_destroy(&attributes) == 0);
  set_name(thread, name);
  return thread;
}

static inline void join(pthread_t thread)
{
  rtems_test_assert(pthread_join(thread, NULL) == 0);
}

/* Lets the thread whose stack starts at target_stack use the stack of the thread `owner`: 0, or errno. */
static inline int map_stack(const char *owner, void *target_stack, int prot)
{
  char path[] = "/taskfs/....";
  int fd;
  int error = 0;

  memcpy(&path[sizeof(path) - 5], owner, 4);
  fd = shm_open(path, O_CREAT | O_RDWR, S_IRUSR | S_IWUSR);
  rtems_test_assert(fd >= 0);
  rtems_test_assert(ftruncate(fd, STACK_SIZE) == 0);
  if (mmap(target_stack, STACK_SIZE, prot, MAP_SHARED, fd, 0) == MAP_FAILED) {
    error = errno;
  }
  rtems_test_assert(close(fd) == 0);
  return error;
}

#endif
