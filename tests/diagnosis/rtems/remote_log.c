/* Whoever has something to log gives a pointer to it to the logger. */

#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sys/mman.h>
#include <rtems.h>
#include <rtems/share_stack.h>

struct entry {
  unsigned level;
  char text[24];
};

static const struct entry *pending;
static sem_t posted, written;

static void write_entry(const struct entry *entry)
{
  printf("<%u> %s\n", entry->level, entry->text);
}

static void *logger(void *argument)
{
  (void) argument;
  for (unsigned i = 0; i < 2; ++i) {
    sem_wait(&posted);
    write_entry(pending);
    sem_post(&written);
  }
  return NULL;
}

static void log_text(unsigned level, const char *text)
{
  struct entry entry;

  entry.level = level;
  strncpy(entry.text, text, sizeof entry.text - 1);
  entry.text[sizeof entry.text - 1] = '\0';
  pending = &entry;
  sem_post(&posted);
  sem_wait(&written);
}

static void open_log(pthread_t *thread)
{
  pthread_create(thread, NULL, logger, NULL);
  rtems_share_stack(pthread_self(), *thread, PROT_READ);
}

void *POSIX_Init(void *argument)
{
  pthread_t thread;

  (void) argument;
  sem_init(&posted, 0, 0);
  sem_init(&written, 0, 0);
  open_log(&thread);
  log_text(1, "started");
  log_text(2, "ready");
  pthread_join(thread, NULL);
  exit(0);
}

#define CONFIGURE_MAXIMUM_POSIX_THREADS 4
#define CONFIGURE_MAXIMUM_POSIX_SHMS 3
#define CONFIGURE_MAXIMUM_FILE_DESCRIPTORS 8
#include "posix_system.h"
