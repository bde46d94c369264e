/* Constructors and destructors in the order of their priorities; exit() runs atexit() handlers, then destructors, then
   the fatal extensions. */
#include <rtems.h>
#include <rtems/extension.h>
#include <rtems/bspIo.h>
#include <stdlib.h>
#include <stdio.h>
static __attribute__((__constructor__(1000))) void c0(void) { printk("c0\n"); }
static __attribute__((__constructor__)) void c(void) { printk("c\n"); }
static __attribute__((__destructor__(1000))) void d0(void) { printk("d0\n"); }
static __attribute__((__destructor__(1001))) void d1(void) { printk("d1\n"); }
static __attribute__((__destructor__)) void d(void) { printk("d\n"); }
static void bye(void) { printk("atexit\n"); }
static void Init(rtems_task_argument a) { (void) a; atexit(bye); printk("Init\n"); exit(0); }
static void fatal(rtems_fatal_source s, bool b, rtems_fatal_code c) { printk("fatal source %d, %d, code %d\n", (int) s, b, (int) c); }
#define CONFIGURE_APPLICATION_NEEDS_CLOCK_DRIVER
#define CONFIGURE_APPLICATION_NEEDS_SIMPLE_CONSOLE_DRIVER
#define CONFIGURE_MAXIMUM_TASKS 1
#define CONFIGURE_INITIAL_EXTENSIONS { .fatal = fatal }
#define CONFIGURE_RTEMS_INIT_TASKS_TABLE
#define CONFIGURE_INIT
#include <rtems/confdefs.h>
