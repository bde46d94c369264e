/* A logger writes its lines into the area of whoever asked for the log. The area is shared with it. */

#include <fcntl.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <rtems.h>

static char *area;
static sem_t wanted, written;

static void share_with_logger(void)
{
  int fd = shm_open("/taskfs/MAIN", O_CREAT | O_RDWR, 0600);

  ftruncate(fd, 8192);
  mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  close(fd);
}

static void write_lines(unsigned count)
{
  char *to = area;

  for (unsigned i = 0; i < count; ++i) {
    to += sprintf(to, "entry %u\n", i);
  }
}

static void *logger(void *argument)
{
  (void) argument;
  share_with_logger();
  sem_wait(&wanted);
  write_lines(3);
  sem_post(&written);
  return NULL;
}

void *POSIX_Init(void *argument)
{
  char lines[128];
  pthread_t thread;

  (void) argument;
  sem_init(&wanted, 0, 0);
  sem_init(&written, 0, 0);
  rtems_object_set_name(pthread_self(), "MAIN");
  pthread_create(&thread, NULL, logger, NULL);
  area = lines;
  sem_post(&wanted);
  sem_wait(&written);
  fputs(lines, stdout);
  exit(0);
}

#define CONFIGURE_MAXIMUM_POSIX_THREADS 2
#define CONFIGURE_POSIX_INIT_THREAD_STACK_SIZE 8192
#include "posix_system.h"
