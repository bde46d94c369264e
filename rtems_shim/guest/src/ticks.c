/* The ticks since boot: a program that waits for one asks all the time, so the kernel keeps them in a word here. */

#include <stdbool.h>

#include <rtems.h>

#include "internal.h"

static volatile rtems_interval ticks;
static volatile bool kept;

rtems_interval rtems_clock_get_ticks_since_boot(void)
{
  if (!kept) {
    rtems_shim_ticks_kept_at((void *) &ticks);
    kept = true;
  }
  return ticks;
}
