/* What the guest's own source files share. */

#ifndef RTEMS_SHIM_INTERNAL_H
#define RTEMS_SHIM_INTERNAL_H

#include <stdbool.h>
#include <stdint.h>

#include <rtems_shim/abi.h>
#include <rtems_shim/thread_block.h>

/* Priorities of POSIX: 255 is RTEMS's idle, and bigger is more urgent. */
#define RTEMS_SHIM_HIGHEST_PRIORITY 254
#define RTEMS_SHIM_LOWEST_PRIORITY 1

extern const struct rtems_shim_configuration rtems_shim_configuration;

/* Thread mode on PSP: only then may a call block. */
static inline bool rtems_shim_in_thread(void)
{
  uint32_t control, exception;
  __asm__ volatile("mrs %0, control\n\tmrs %1, ipsr" : "=r"(control), "=r"(exception));
  return exception == 0 && (control & 2) != 0;
}

/* The thread's standard streams: made ready at its begin, flushed and freed at its end. */
void rtems_shim_streams_begin(void);
void rtems_shim_streams_end(void);

/* Cleanup handlers and key destructors of the executing thread. */
void rtems_shim_run_cleanup(void);

/* A stream, a FILE, that writes to the console with no buffer of its own. */
void *rtems_shim_console_stream(void);

void rtems_shim_fatal_end(unsigned source, unsigned code) __attribute__((noreturn));

#endif
