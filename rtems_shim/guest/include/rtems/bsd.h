/* The clocks by the names that they have in BSD's kernels: those with "get" are as old as the last tick. */

#ifndef _RTEMS_BSD_H
#define _RTEMS_BSD_H

#include <sys/time.h>

#include <rtems/rtems/clock.h>

#ifdef __cplusplus
extern "C" {
#endif

#define RTEMS_SHIM_BSD_CLOCK(name, type, call) \
  static inline void rtems_bsd_##name(struct type *now) \
  { \
    call(now); \
  }

RTEMS_SHIM_BSD_CLOCK(bintime, bintime, rtems_clock_get_realtime_bintime)
RTEMS_SHIM_BSD_CLOCK(nanotime, timespec, rtems_clock_get_realtime)
RTEMS_SHIM_BSD_CLOCK(microtime, timeval, rtems_clock_get_realtime_timeval)
RTEMS_SHIM_BSD_CLOCK(binuptime, bintime, rtems_clock_get_monotonic_bintime)
RTEMS_SHIM_BSD_CLOCK(nanouptime, timespec, rtems_clock_get_monotonic)
RTEMS_SHIM_BSD_CLOCK(microuptime, timeval, rtems_clock_get_monotonic_timeval)
RTEMS_SHIM_BSD_CLOCK(getbintime, bintime, rtems_clock_get_realtime_coarse_bintime)
RTEMS_SHIM_BSD_CLOCK(getnanotime, timespec, rtems_clock_get_realtime_coarse)
RTEMS_SHIM_BSD_CLOCK(getmicrotime, timeval, rtems_clock_get_realtime_coarse_timeval)
RTEMS_SHIM_BSD_CLOCK(getbinuptime, bintime, rtems_clock_get_monotonic_coarse_bintime)
RTEMS_SHIM_BSD_CLOCK(getnanouptime, timespec, rtems_clock_get_monotonic_coarse)
RTEMS_SHIM_BSD_CLOCK(getmicrouptime, timeval, rtems_clock_get_monotonic_coarse_timeval)

#ifdef __cplusplus
}
#endif

#endif
