/* What newlib's own list for RTEMS does not promise yet. */

#ifndef RTEMS_SHIM_SYS_FEATURES_H
#define RTEMS_SHIM_SYS_FEATURES_H

#include_next <sys/features.h>

#if defined(__rtems__) && !defined(_POSIX_THREADS)
#error "newlib's sys/features.h does not know __rtems__"
#endif

#endif
