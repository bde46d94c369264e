/* The console's name. Its driver is part of the kernel. */

#ifndef _RTEMS_CONSOLE_H
#define _RTEMS_CONSOLE_H

#include <rtems.h>

#define CONSOLE_DEVICE_NAME "/dev/console"

#endif
