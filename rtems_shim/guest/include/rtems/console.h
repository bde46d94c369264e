/* The driver is part of the kernel; nothing to declare. */

#ifndef _RTEMS_CONSOLE_H
#define _RTEMS_CONSOLE_H

#include <rtems.h>

#endif
