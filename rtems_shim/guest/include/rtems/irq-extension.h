/* Interrupt Manager: it is all in one header. */

#ifndef _RTEMS_IRQ_EXTENSION_H
#define _RTEMS_IRQ_EXTENSION_H

#include <rtems/rtems/intr.h>

#endif
