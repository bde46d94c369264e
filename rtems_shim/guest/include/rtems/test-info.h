/* See rtems/test.h. */

#ifndef _RTEMS_TEST_INFO_H
#define _RTEMS_TEST_INFO_H

#include <rtems/test.h>

#endif
