/* The driver of /dev/zero as one that a program may install: it takes everything and has zeros. */

#ifndef _RTEMS_DEVZERO_H
#define _RTEMS_DEVZERO_H

#include <rtems/io.h>

#ifdef __cplusplus
extern "C" {
#endif

#define DEVZERO_DRIVER_TABLE_ENTRY \
  { zero_initialize, zero_open, zero_close, zero_read, zero_write, zero_control }

rtems_device_driver zero_initialize(rtems_device_major_number, rtems_device_minor_number, void *);
rtems_device_driver zero_open(rtems_device_major_number, rtems_device_minor_number, void *);
rtems_device_driver zero_close(rtems_device_major_number, rtems_device_minor_number, void *);
rtems_device_driver zero_read(rtems_device_major_number, rtems_device_minor_number, void *);
rtems_device_driver zero_write(rtems_device_major_number, rtems_device_minor_number, void *);
rtems_device_driver zero_control(rtems_device_major_number, rtems_device_minor_number, void *);

#ifdef __cplusplus
}
#endif

#endif
