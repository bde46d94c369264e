/* A stack holds data. A thread that jumps into its own faults before the first instruction there. */

#include "../support/threads.h"

const char rtems_test_name[] = "execution from a stack";

#define BX_LR 0x4770
#define THUMB 1

void *POSIX_Init(void *argument)
{
  volatile uint16_t code[4] = { BX_LR, BX_LR, BX_LR, BX_LR };
  void (*function)(void) = (void (*)(void)) ((uintptr_t) code | THUMB);

  (void) argument;
  TEST_BEGIN();
  set_name(pthread_self(), "Init");
  printf("Init: calling a function on its stack\n");
  function();
  rtems_test_exit(1);
}

#include "../support/posix_config.h"
