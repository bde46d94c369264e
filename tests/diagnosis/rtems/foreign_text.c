/* A worker formats messages; a printer thread prints them when it is told to. */

#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>

#include <rtems.h>

static struct {
  const char *text;
  sem_t ready;
  sem_t taken;
} mailbox;

static void post_message(const char *text)
{
  mailbox.text = text;
  sem_post(&mailbox.ready);
  sem_wait(&mailbox.taken);
}

static void *worker(void *argument)
{
  char text[48];

  (void) argument;
  post_message("worker is up");
  for (int job = 1; job <= 3; ++job) {
    snprintf(text, sizeof text, "job %d of 3: %d pages", job, job * job);
    post_message(text);
  }
  return NULL;
}

static void *printer(void *argument)
{
  int *count = argument;

  for (;;) {
    sem_wait(&mailbox.ready);
    ++*count;
    printf("[%d] %s\n", *count, mailbox.text);
    sem_post(&mailbox.taken);
  }
  return NULL;
}

void *POSIX_Init(void *argument)
{
  static int messages;
  pthread_t threads[2];

  (void) argument;
  sem_init(&mailbox.ready, 0, 0);
  sem_init(&mailbox.taken, 0, 0);
  pthread_create(&threads[0], NULL, printer, &messages);
  pthread_create(&threads[1], NULL, worker, NULL);
  pthread_join(threads[1], NULL);
  printf("%d messages\n", messages);
  exit(0);
}

#define CONFIGURE_MAXIMUM_POSIX_THREADS 3
#include "posix_system.h"
