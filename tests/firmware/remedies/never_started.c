/* A task that was created but not started: nothing of it is on its stack. */

#include "case.h"

#define CLASSIC
#define CONFIGURE_MAXIMUM_POSIX_SHMS 4
#define CONFIGURE_MAXIMUM_FILE_DESCRIPTORS 8

rtems_task Init(rtems_task_argument argument)
{
  pthread_attr_t attributes;
  rtems_id task;
  void *base;
  size_t size;

  CHECK(rtems_task_create(rtems_build_name('N', 'E', 'W', 'T'), 2, 4096, 0, 0, &task) == RTEMS_SUCCESSFUL);
  CHECK(pthread_getattr_np(task, &attributes) == 0 && pthread_attr_getstack(&attributes, &base, &size) == 0);
  memset((char *) base + 2048, 0, 16);
  exit(0);
}

#include "case_config.h"
