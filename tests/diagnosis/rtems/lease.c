/* A producer lends the display its frame buffer, which is on its stack, for a while. */

#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <rtems.h>

static unsigned char *frame;
static sem_t drawn;
static pthread_t producer_thread, display_thread;

static unsigned show(const unsigned char *pixels, unsigned size)
{
  unsigned lit = 0;

  for (unsigned i = 0; i < size; ++i) {
    lit += pixels[i] != 0;
  }
  return lit;
}

static void *display(void *argument)
{
  for (int i = 0; i < 8; ++i) {
    usleep(20000);
    if (frame != NULL) {
      printf("display: %u pixels\n", show(frame, 64));
    }
  }
  return argument;
}

static void lend(unsigned char *buffer)
{
  if (rtems_share_stack(display_thread, producer_thread, PROT_READ) != RTEMS_SUCCESSFUL) {
    exit(1);
  }
  frame = buffer;
}

static void take_back(void)
{
  rtems_unshare_stack(display_thread, producer_thread);
}

static void *producer(void *argument)
{
  unsigned char buffer[64];

  memset(buffer, 1, sizeof buffer);
  lend(buffer);
  usleep(70000);
  take_back();
  sem_wait(&drawn);
  return argument;
}

void *POSIX_Init(void *argument)
{
  (void) argument;
  sem_init(&drawn, 0, 0);
  pthread_create(&display_thread, NULL, display, NULL);
  pthread_create(&producer_thread, NULL, producer, NULL);
  pthread_join(display_thread, NULL);
  sem_post(&drawn);
  pthread_join(producer_thread, NULL);
  exit(0);
}

#define CONFIGURE_MAXIMUM_POSIX_THREADS 3
#define CONFIGURE_MAXIMUM_POSIX_SHMS 1
#define CONFIGURE_MAXIMUM_FILE_DESCRIPTORS 4
#include "posix_system.h"
