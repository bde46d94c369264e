/* Internals of the kernel are not in the guest; this is what tests take from the header of this name. */

#ifndef _RTEMS_POSIX_PTHREADIMPL_H
#define _RTEMS_POSIX_PTHREADIMPL_H

#include <pthread.h>

#include <rtems/posix/config.h>

#endif
