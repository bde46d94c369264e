/* What the tests of the debug adapter look at. The tests find lines by their marks. */

#define _GNU_SOURCE

#include <pthread.h>
#include <rtems.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>

struct point {
  int x, y;
};

struct body {
  struct point at;
  const char *name;
  int history[5];
  double mass;
};

static struct body world = { { 1, 2 }, "earth", { 1, 2, 3, 4, 5 }, 5.972 };
static sem_t done;
volatile int stay;
volatile unsigned counter;

static int move(struct body *body, int by);
static void *waiter(void *argument);

/* First, as GDB takes the lowest code for functions that the linker left out: their debug information says address 0. */
void *POSIX_Init(void *argument)
{
  int sum = 0;
  pthread_t thread;

  (void) argument;
  sem_init(&done, 0, 0);
  pthread_create(&thread, NULL, waiter, NULL);
  rtems_object_set_name(thread, "waiter");
  sched_yield();
  for (int i = 0; i < 10; i++) {
    sum += move(&world, i); /* call */
  }
  printf("the sum is %d\n", sum); /* print */
  while (stay) {
    counter++; /* busy */
  }
  sem_post(&done);
  pthread_join(thread, NULL);
  exit(0);
}

static int move(struct body *body, int by)
{
  int before = body->at.x; /* in move */

  body->at.x += by; /* moving */
  body->history[before % 5] = by;
  return before; /* moved */
}

static void *waiter(void *argument)
{
  sem_wait(&done);
  return argument;
}

#define CONFIGURE_APPLICATION_NEEDS_CLOCK_DRIVER
#define CONFIGURE_APPLICATION_NEEDS_CONSOLE_DRIVER
#define CONFIGURE_MAXIMUM_POSIX_THREADS 2
#define CONFIGURE_POSIX_INIT_THREAD_TABLE
#define CONFIGURE_INIT
#include <rtems/confdefs.h>
