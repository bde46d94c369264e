/* newlib's sched.h, with the type its GNU part wants. */

#ifndef RTEMS_SHIM_SCHED_H
#define RTEMS_SHIM_SCHED_H

#include <sys/cpuset.h>
#include_next <sched.h>

#endif
