/* A server thread computes for its clients; a request says where the result goes. */

#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>

#include <rtems.h>

struct request {
  unsigned number;
  unsigned *result;
  sem_t *done;
};

static struct request *pending;
static sem_t arrived;
static sem_t client_done;

static unsigned square_root(unsigned number)
{
  unsigned root = 0;

  while ((root + 1) * (root + 1) <= number) {
    ++root;
  }
  return root;
}

static void serve(struct request *request)
{
  *request->result = square_root(request->number);
  sem_post(request->done);
}

static void *server(void *argument)
{
  (void) argument;
  for (;;) {
    sem_wait(&arrived);
    serve(pending);
  }
  return NULL;
}

static unsigned ask(unsigned number)
{
  static struct request request;
  unsigned answer = 0;

  request = (struct request){ .number = number, .result = &answer, .done = &client_done };
  pending = &request;
  sem_post(&arrived);
  sem_wait(&client_done);
  return answer;
}

void *POSIX_Init(void *argument)
{
  pthread_t thread;

  (void) argument;
  sem_init(&arrived, 0, 0);
  sem_init(&client_done, 0, 0);
  pthread_create(&thread, NULL, server, NULL);
  pthread_setname_np(thread, "server");
  printf("root of 200: %u\n", ask(200));
  exit(0);
}

#define CONFIGURE_MAXIMUM_POSIX_THREADS 2
#include "posix_system.h"
