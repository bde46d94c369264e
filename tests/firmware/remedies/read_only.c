/* A thread writes what was shared with it for reading, by an object that nobody may write. */

#include "case.h"

#define CONFIGURE_MAXIMUM_POSIX_SHMS 1
#define CONFIGURE_MAXIMUM_FILE_DESCRIPTORS 4

static int *volatile place;

static void *writer(void *argument)
{
  pthread_attr_t attributes;
  void *base;
  size_t size;
  int fd;

  pthread_getattr_np(1 ? *(pthread_t *) argument : 0, &attributes);
  CHECK(pthread_attr_getstack(&attributes, &base, &size) == 0);
  fd = shm_open("/taskfs/MAIN", O_CREAT | O_RDWR, 0400);
  CHECK(ftruncate(fd, size) == 0 && mmap(NULL, size, PROT_READ, MAP_SHARED, fd, 0) == base && close(fd) == 0);
  CHECK(*place == 0);
  /* REMEDY */
  *place = 7;
  return argument;
}

void *POSIX_Init(void *argument)
{
  static pthread_t self;
  volatile int value = 0;
  pthread_t thread;

  self = pthread_self();
  place = (int *) &value;
  rtems_object_set_name(self, "MAIN");
  CHECK(pthread_create(&thread, NULL, writer, &self) == 0);
  CHECK(pthread_join(thread, NULL) == 0 && value == 7);
  exit(0);
}

#include "case_config.h"
