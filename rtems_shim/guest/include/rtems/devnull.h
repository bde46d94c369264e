/* The driver of /dev/null as one that a program may install: it takes everything and has nothing. */

#ifndef _RTEMS_DEVNULL_H
#define _RTEMS_DEVNULL_H

#include <rtems/io.h>

#ifdef __cplusplus
extern "C" {
#endif

#define DEVNULL_DRIVER_TABLE_ENTRY \
  { null_initialize, null_open, null_close, null_read, null_write, null_control }

rtems_device_driver null_initialize(rtems_device_major_number, rtems_device_minor_number, void *);
rtems_device_driver null_open(rtems_device_major_number, rtems_device_minor_number, void *);
rtems_device_driver null_close(rtems_device_major_number, rtems_device_minor_number, void *);
rtems_device_driver null_read(rtems_device_major_number, rtems_device_minor_number, void *);
rtems_device_driver null_write(rtems_device_major_number, rtems_device_minor_number, void *);
rtems_device_driver null_control(rtems_device_major_number, rtems_device_minor_number, void *);

#ifdef __cplusplus
}
#endif

#endif
