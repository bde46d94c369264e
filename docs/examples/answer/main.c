#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <rtems.h>
#include <rtems/share_stack.h>

static void *answer(void *question)
{
  *(int *) question = 42; /* on the stack of POSIX_Init */
  return NULL;
}

void *POSIX_Init(void *argument)
{
  int question = 0;
  pthread_t thread;

  (void) argument;
  pthread_create(&thread, NULL, answer, &question);
  rtems_object_set_name(pthread_self(), "ASKS");
  rtems_object_set_name(thread, "TELL");
  rtems_share_stack(thread, pthread_self(), PROT_READ | PROT_WRITE);
  pthread_join(thread, NULL);
  printf("the answer is %d\n", question);
  exit(0);
}

#define CONFIGURE_APPLICATION_NEEDS_CLOCK_DRIVER
#define CONFIGURE_APPLICATION_NEEDS_CONSOLE_DRIVER
#define CONFIGURE_MAXIMUM_POSIX_THREADS 2
#define CONFIGURE_MAXIMUM_POSIX_SHMS 1
#define CONFIGURE_MAXIMUM_FILE_DESCRIPTORS 4
#define CONFIGURE_POSIX_INIT_THREAD_TABLE
#define CONFIGURE_INIT
#include <rtems/confdefs.h>
