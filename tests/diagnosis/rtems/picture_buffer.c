/* The camera paints into a picture that the viewer keeps on its own stack. */

#include <fcntl.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sys/mman.h>
#include <unistd.h>
#include <rtems.h>

#define SIZE 8192

static unsigned char *picture;
static void *window;
static sem_t wanted, taken;

static void open_window(const char *name)
{
  int file = shm_open(name, O_CREAT | O_RDWR, 0600);

  ftruncate(file, SIZE);
  window = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  close(file);
}

static void close_window(void)
{
  munmap(window, SIZE);
}

static void expose(unsigned char *to, unsigned char shade)
{
  for (unsigned i = 0; i < 32; ++i) {
    to[i] = shade;
  }
}

static void *camera(void *argument)
{
  (void) argument;
  open_window("/taskfs/VIEW");
  for (unsigned char frame = 0; frame < 3; ++frame) {
    sem_wait(&wanted);
    expose(picture, frame);
    if (frame == 1) {
      close_window();
    }
    sem_post(&taken);
  }
  return NULL;
}

static void take_picture(void)
{
  unsigned char pixels[32];

  picture = pixels;
  sem_post(&wanted);
  sem_wait(&taken);
  printf("shade %u\n", pixels[7]);
}

void *POSIX_Init(void *argument)
{
  pthread_t thread;

  (void) argument;
  rtems_object_set_name((rtems_id) pthread_self(), "VIEW");
  sem_init(&wanted, 0, 0);
  sem_init(&taken, 0, 0);
  pthread_create(&thread, NULL, camera, NULL);
  for (unsigned i = 0; i < 3; ++i) {
    take_picture();
  }
  pthread_join(thread, NULL);
  exit(0);
}

#define CONFIGURE_MAXIMUM_POSIX_THREADS 4
#define CONFIGURE_MAXIMUM_POSIX_SHMS 3
#define CONFIGURE_MAXIMUM_FILE_DESCRIPTORS 8
#include "posix_system.h"
