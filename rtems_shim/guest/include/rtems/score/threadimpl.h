/* Internals of the kernel are not in the guest; this name exists so that tests find it. */

#ifndef _RTEMS_SCORE_THREADIMPL_H
#define _RTEMS_SCORE_THREADIMPL_H

#include <rtems/score/thread.h>
#include <rtems/score/timespec.h>

#endif
