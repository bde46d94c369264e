/* Support of the C library. */

#ifndef _RTEMS_LIBCSUPPORT_H
#define _RTEMS_LIBCSUPPORT_H

#include <rtems/malloc.h>

#endif
