/* The driver is part of the kernel; nothing to declare. */

#ifndef _RTEMS_CLOCKDRV_H
#define _RTEMS_CLOCKDRV_H

#include <rtems.h>

#endif
