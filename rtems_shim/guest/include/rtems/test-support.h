/* See rtems/test-info.h. */

#ifndef _RTEMS_TEST_SUPPORT_H
#define _RTEMS_TEST_SUPPORT_H

#include <rtems/test-info.h>

#endif
