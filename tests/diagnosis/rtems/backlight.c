/* A backlight's level is set by who holds the panel; a session is opened and closed by each. */
#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef struct {
  sem_t busy;
  uint8_t level;
  unsigned sessions;
} panel;

static panel *the_panel;

static void open_session(void)
{
  if (the_panel == NULL) {
    the_panel = malloc(sizeof(*the_panel));
    the_panel->level = 0;
    the_panel->sessions = 0;
  }
  if (the_panel->sessions++ == 0) {
    sem_init(&the_panel->busy, 0, 1);
  }
}

static void close_session(void)
{
  if (--the_panel->sessions == 0) {
    sem_destroy(&the_panel->busy);
  }
}

static void set_level(uint8_t level)
{
  sem_wait(&the_panel->busy);
  the_panel->level = level;
  usleep(10000);
  sem_post(&the_panel->busy);
}

static void *dimmer(void *argument)
{
  (void) argument;
  open_session();
  for (uint8_t level = 0; level < 5; ++level) {
    set_level(level);
  }
  close_session();
  return NULL;
}

static void *flasher(void *argument)
{
  (void) argument;
  usleep(5000);
  open_session();
  set_level(255);
  close_session();
  close_session();
  usleep(200000);
  if (the_panel->level != 4) {
    exit(the_panel->level);
  }
  return NULL;
}

void *POSIX_Init(void *argument)
{
  pthread_t threads[2];

  (void) argument;
  pthread_create(&threads[0], NULL, dimmer, NULL);
  pthread_create(&threads[1], NULL, flasher, NULL);
  pthread_join(threads[0], NULL);
  pthread_join(threads[1], NULL);
  exit(the_panel->sessions != 0);
}

#define CONFIGURE_MAXIMUM_POSIX_THREADS 4
#include "posix_system.h"
