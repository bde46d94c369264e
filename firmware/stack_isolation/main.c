/*
 * Thread stack isolation. Two threads run on stacks that the application allocated, and end. Init then clears the first
 * one's stack, which is not its own: a memory management fault, seen by the application's fatal extension.
 */

#include "../support/threads.h"

const char rtems_test_name[] = "thread stack isolation";

static void *do_nothing(void *argument)
{
  return argument;
}

static void report(rtems_fatal_source source, bool always_false, rtems_fatal_code code)
{
  (void) always_false;
  (void) code;
  if (source == RTEMS_FATAL_SOURCE_EXCEPTION) {
    printk("fatal extension: an exception ends the run\n");
  }
}

void *POSIX_Init(void *argument)
{
  void *stack1 = new_stack();
  void *stack2 = new_stack();
  pthread_t thread1, thread2;

  (void) argument;
  TEST_BEGIN();
  set_name(pthread_self(), "Init");
  thread1 = start_thread("0x01", stack1, do_nothing, NULL);
  thread2 = start_thread("0x02", stack2, do_nothing, NULL);

  printf("Init: joining 0x01\n");
  join(thread1);
  printf("Init: writing to the stack of 0x01\n");
  memset(stack1, 0, STACK_SIZE);

  join(thread2);
  printf("Init: the stack of 0x01 was not protected\n");
  rtems_test_exit(1);
}

#define CONFIGURE_INITIAL_EXTENSIONS { .fatal = report }
#define CONFIGURE_APPLICATION_NEEDS_CLOCK_DRIVER
#define CONFIGURE_APPLICATION_NEEDS_SIMPLE_CONSOLE_DRIVER
#define CONFIGURE_MAXIMUM_POSIX_THREADS 4
#define CONFIGURE_POSIX_INIT_THREAD_TABLE
#define CONFIGURE_INIT

#include <rtems/confdefs.h>
