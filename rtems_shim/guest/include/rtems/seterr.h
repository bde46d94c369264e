/* Sets errno and answers -1. */

#ifndef _RTEMS_SETERR_H
#define _RTEMS_SETERR_H

#include <errno.h>

#define rtems_set_errno_and_return_minus_one(error) \
  do { \
    errno = (error); \
    return -1; \
  } while (0)

#define rtems_set_errno_and_return_value(error, value) \
  do { \
    errno = (error); \
    return (value); \
  } while (0)

#endif
