/* The configuration queries live with the Classic API. */

#ifndef _RTEMS_CONFIG_H
#define _RTEMS_CONFIG_H

#include <rtems/rtems/config.h>

#endif
