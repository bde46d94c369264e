/* A thread asks the kernel to boot with a table that is nowhere; with ON_MSP it pretends to be the start-up code. */

#include "support/threads.h"

#include <rtems_shim/abi.h>

const char rtems_test_name[] = "boot again";

void *POSIX_Init(void *argument)
{
  TEST_BEGIN();
#ifdef ON_MSP
  __asm volatile("mov r0, #0\n msr control, r0\n isb" ::: "r0");
#endif
  rtems_shim_boot((void *) 0xF0000000, NULL);
  rtems_test_exit(0);
  return argument;
}

#include "support/posix_config.h"
