/* exit() runs the functions of atexit(), last first, then the destructors, and only then the fatal extensions. */
#include <rtems.h>
#include <rtems/bspIo.h>
#include <rtems/extension.h>
#include <stdio.h>
#include <stdlib.h>

static __attribute__((constructor(1000))) void first(void) { printk("constructor 1000\n"); }
static __attribute__((constructor)) void second(void) { printk("constructor\n"); }
static __attribute__((destructor(1000))) void d0(void) { printk("destructor 1000\n"); }
static __attribute__((destructor(1001))) void d1(void) { printk("destructor 1001\n"); }
static __attribute__((destructor)) void d(void) { puts("destructor"); fflush(stdout); }
static void one(void) { puts("atexit 1"); }
static void two(void) { puts("atexit 2"); }

static void fatal(rtems_fatal_source source, bool internal, rtems_fatal_code code)
{
  printk("fatal %d %d %d\n", (int) source, internal, (int) code);
}

static rtems_task Init(rtems_task_argument argument)
{
  (void) argument;
  atexit(one);
  atexit(two);
  printf("Init, ");
  exit(0);
}

#define CONFIGURE_APPLICATION_NEEDS_CLOCK_DRIVER
#define CONFIGURE_APPLICATION_NEEDS_SIMPLE_CONSOLE_DRIVER
#define CONFIGURE_MAXIMUM_TASKS 1
#define CONFIGURE_INITIAL_EXTENSIONS { .fatal = fatal }
#define CONFIGURE_RTEMS_INIT_TASKS_TABLE
#define CONFIGURE_INIT
#include <rtems/confdefs.h>
