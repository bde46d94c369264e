/* Stack size of a POSIX thread. */

#ifndef _RTEMS_POSIX_CONFIG_H
#define _RTEMS_POSIX_CONFIG_H

#include <rtems/score/stack.h>

#define PTHREAD_MINIMUM_STACK_SIZE (2 * STACK_MINIMUM_SIZE)

#endif
