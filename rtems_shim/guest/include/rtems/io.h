/* I/O Manager: device drivers of the application, each with a major number. */

#ifndef _RTEMS_IO_H
#define _RTEMS_IO_H

#include <sys/types.h>

#include <rtems/rtems/status.h>
#include <rtems/rtems/types.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef rtems_status_code rtems_device_driver;
typedef rtems_device_driver (*rtems_device_driver_entry)(
  rtems_device_major_number,
  rtems_device_minor_number,
  void *
);

typedef struct {
  rtems_device_driver_entry initialization_entry;
  rtems_device_driver_entry open_entry;
  rtems_device_driver_entry close_entry;
  rtems_device_driver_entry read_entry;
  rtems_device_driver_entry write_entry;
  rtems_device_driver_entry control_entry;
} rtems_driver_address_table;

#define NULL_DRIVER_TABLE_ENTRY { NULL, NULL, NULL, NULL, NULL, NULL }

rtems_status_code rtems_io_register_driver(
  rtems_device_major_number,
  const rtems_driver_address_table *,
  rtems_device_major_number *
);
rtems_status_code rtems_io_unregister_driver(rtems_device_major_number);
rtems_status_code rtems_io_register_name(
  const char *,
  rtems_device_major_number,
  rtems_device_minor_number
);
rtems_status_code rtems_io_initialize(rtems_device_major_number, rtems_device_minor_number, void *);
rtems_status_code rtems_io_open(rtems_device_major_number, rtems_device_minor_number, void *);
rtems_status_code rtems_io_close(rtems_device_major_number, rtems_device_minor_number, void *);
rtems_status_code rtems_io_read(rtems_device_major_number, rtems_device_minor_number, void *);
rtems_status_code rtems_io_write(rtems_device_major_number, rtems_device_minor_number, void *);
rtems_status_code rtems_io_control(rtems_device_major_number, rtems_device_minor_number, void *);

#ifdef __cplusplus
}
#endif

#endif
