/* Leases run out: a sweeper frees those that are over, by a timer of POSIX with a thread of its own. */
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

typedef struct lease {
  struct lease *next;
  uint32_t address;
  uint32_t left;
  char *host;
} lease;

static lease *leases;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static void grant(uint32_t address, uint32_t time, const char *host)
{
  lease *made = malloc(sizeof(*made));

  made->address = address;
  made->left = time;
  made->host = strdup(host);
  pthread_mutex_lock(&lock);
  made->next = leases;
  leases = made;
  pthread_mutex_unlock(&lock);
}

static void sweep(void)
{
  pthread_mutex_lock(&lock);
  for (lease *each = leases, *before = NULL; each != NULL; before = each, each = each->next) {
    if (each->left-- == 0) {
      if (before != NULL) {
        before->next = each->next;
      } else {
        leases = each->next;
      }
      free(each->host);
      free(each);
    }
  }
  pthread_mutex_unlock(&lock);
}

static void *sweeper(void *argument)
{
  (void) argument;
  for (int i = 0; i < 6; ++i) {
    usleep(50000);
    sweep();
  }
  return NULL;
}

static void *server(void *argument)
{
  char *log = NULL;

  (void) argument;
  for (uint32_t i = 0; i < 6; ++i) {
    char name[12];

    snprintf(name, sizeof(name), "host%u", (unsigned) i);
    grant(0x0a000010 + i, i % 3 + 1, name);
    usleep(40000);
    log = realloc(log, 40 * (i + 1));
    memset(log + 40 * i, 0xc3, 40);
  }
  return log;
}

void *POSIX_Init(void *argument)
{
  pthread_t threads[2];

  (void) argument;
  pthread_create(&threads[0], NULL, server, NULL);
  pthread_create(&threads[1], NULL, sweeper, NULL);
  pthread_join(threads[0], NULL);
  pthread_join(threads[1], NULL);
  exit(leases != NULL);
}

#define CONFIGURE_MAXIMUM_POSIX_THREADS 4
#include "posix_system.h"
