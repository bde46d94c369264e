/* newlib's sys/stat.h, and what its part for RTEMS adds. */

#ifndef RTEMS_SHIM_SYS_STAT_H
#define RTEMS_SHIM_SYS_STAT_H

#include_next <sys/stat.h>

#ifndef UTIME_NOW
#define UTIME_NOW -2L
#define UTIME_OMIT -1L
#endif

#endif
