/* The console's name. Its driver is part of the kernel. */

#ifndef _RTEMS_CONSOLE_H
#define _RTEMS_CONSOLE_H

#include <rtems.h>
#include <rtems/io.h>

#define CONSOLE_DEVICE_NAME "/dev/console"

/* So that its place in the table of drivers is taken. */
#define CONSOLE_DRIVER_TABLE_ENTRY \
  { console_initialize, console_open, console_close, console_read, console_write, console_control }

#ifdef __cplusplus
extern "C" {
#endif

rtems_device_driver console_initialize(rtems_device_major_number, rtems_device_minor_number, void *);
rtems_device_driver console_open(rtems_device_major_number, rtems_device_minor_number, void *);
rtems_device_driver console_close(rtems_device_major_number, rtems_device_minor_number, void *);
rtems_device_driver console_read(rtems_device_major_number, rtems_device_minor_number, void *);
rtems_device_driver console_write(rtems_device_major_number, rtems_device_minor_number, void *);
rtems_device_driver console_control(rtems_device_major_number, rtems_device_minor_number, void *);

#ifdef __cplusplus
}
#endif

#endif
