/* longjmp() gives back what the caller of setjmp() had in registers that a callee keeps, those of the FPU too. */
#include <rtems.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>

static jmp_buf place;
static volatile float thousand = 1000;

static __attribute__((noinline)) float mess(float x)
{
  float a = x * 2, b = x * 3, c = x * 4, d = x * 5;
  int round;

  for (round = 0; round < 3; ++round) {
    printf("%d ", (int) (a + b + c + d));
    a += 1;
    b += a;
    c += b;
    d += c;
  }
  if (x > 0) {
    longjmp(place, (int) x);
  }
  return a + b + c + d;
}

static __attribute__((noinline)) int jump_three_times(void)
{
  volatile int came = setjmp(place);

  if (came < 3) {
    (void) mess((float) (came + 1));
  }
  return came;
}

/* The four are in registers while the other function runs, which uses none of them and saves none. */
static __attribute__((noinline)) void keep(float first)
{
  float one = first, two = first * 2, three = first * 3, four = first * 4;
  int came = jump_three_times();

  printf("\n%d %d %d %d %d\n", came, (int) one, (int) two, (int) three, (int) four);
}

static rtems_task Init(rtems_task_argument argument)
{
  (void) argument;
  keep(thousand);
  if (setjmp(place) == 0) {
    longjmp(place, 0);
  }
  puts("end");
  exit(0);
}

#define CONFIGURE_APPLICATION_NEEDS_CLOCK_DRIVER
#define CONFIGURE_APPLICATION_NEEDS_CONSOLE_DRIVER
#define CONFIGURE_MAXIMUM_TASKS 1
#define CONFIGURE_INIT_TASK_ATTRIBUTES RTEMS_FLOATING_POINT
#define CONFIGURE_INIT_TASK_STACK_SIZE 8192
#define CONFIGURE_RTEMS_INIT_TASKS_TABLE
#define CONFIGURE_INIT
#include <rtems/confdefs.h>
