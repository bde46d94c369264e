/* POSIX threads for RTEMS's own code. */

#ifndef _RTEMS_POSIX_PTHREAD_H
#define _RTEMS_POSIX_PTHREAD_H

#include <pthread.h>

#include <rtems/posix/config.h>

#endif
