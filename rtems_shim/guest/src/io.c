/* I/O Manager: a table of drivers, first the configured ones. A routine that a driver has not is a success. */

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include <rtems.h>
#include <rtems/console.h>
#include <rtems/devnull.h>
#include <rtems/devzero.h>
#include <rtems/libio.h>

#include "internal.h"

extern rtems_driver_address_table rtems_shim_drivers[];
extern const rtems_device_major_number rtems_shim_driver_count;

void rtems_shim_drivers_begin(void)
{
  rtems_device_major_number major;

  for (major = 0; major < rtems_shim_driver_count; ++major) {
    (void) rtems_io_initialize(major, 0, NULL);
  }
}

#define CALL(name, entry) \
  rtems_status_code rtems_io_##name(rtems_device_major_number major, rtems_device_minor_number minor, void *argument) \
  { \
    rtems_device_driver_entry routine; \
    if (major >= rtems_shim_driver_count) { \
      return RTEMS_INVALID_NUMBER; \
    } \
    routine = rtems_shim_drivers[major].entry; \
    return routine != NULL ? routine(major, minor, argument) : RTEMS_SUCCESSFUL; \
  }

CALL(initialize, initialization_entry)
CALL(open, open_entry)
CALL(close, close_entry)
CALL(read, read_entry)
CALL(write, write_entry)
CALL(control, control_entry)

static bool is_free(const rtems_driver_address_table *driver)
{
  return driver->initialization_entry == NULL && driver->open_entry == NULL;
}

static rtems_status_code find_place(rtems_device_major_number *major)
{
  if (*major != 0) {
    return is_free(&rtems_shim_drivers[*major]) ? RTEMS_SUCCESSFUL : RTEMS_RESOURCE_IN_USE;
  }
  while (*major < rtems_shim_driver_count && !is_free(&rtems_shim_drivers[*major])) {
    ++*major;
  }
  return *major < rtems_shim_driver_count ? RTEMS_SUCCESSFUL : RTEMS_TOO_MANY;
}

rtems_status_code rtems_io_register_driver(
  rtems_device_major_number major,
  const rtems_driver_address_table *driver,
  rtems_device_major_number *registered
)
{
  rtems_status_code status;

  if (rtems_interrupt_is_in_progress()) {
    return RTEMS_CALLED_FROM_ISR;
  }
  if (registered == NULL) {
    return RTEMS_INVALID_ADDRESS;
  }
  *registered = rtems_shim_driver_count;
  if (driver == NULL || is_free(driver)) {
    return RTEMS_INVALID_ADDRESS;
  }
  if (major >= rtems_shim_driver_count) {
    return RTEMS_INVALID_NUMBER;
  }
  status = find_place(&major);
  if (status != RTEMS_SUCCESSFUL) {
    return status;
  }
  rtems_shim_drivers[major] = *driver;
  *registered = major;
  return rtems_io_initialize(major, 0, NULL);
}

rtems_status_code rtems_io_unregister_driver(rtems_device_major_number major)
{
  if (rtems_interrupt_is_in_progress()) {
    return RTEMS_CALLED_FROM_ISR;
  }
  if (major >= rtems_shim_driver_count) {
    return RTEMS_UNSATISFIED;
  }
  memset(&rtems_shim_drivers[major], 0, sizeof(rtems_shim_drivers[major]));
  return RTEMS_SUCCESSFUL;
}

rtems_status_code rtems_io_register_name(
  const char *name,
  rtems_device_major_number major,
  rtems_device_minor_number minor
)
{
  mode_t mode = S_IFCHR | S_IRWXU | S_IRWXG | S_IRWXO;

  return mknod(name, mode, rtems_filesystem_make_dev_t(major, minor)) == 0 ? RTEMS_SUCCESSFUL : RTEMS_TOO_MANY;
}

/* The drivers of /dev/null and /dev/zero */

/* As on RTEMS a second one is a success for this driver, and none for the other one. */
rtems_device_driver null_initialize(rtems_device_major_number major, rtems_device_minor_number minor, void *argument)
{
  static bool initialized;

  (void) minor;
  (void) argument;
  if (!initialized) {
    initialized = true;
    return rtems_io_register_name("/dev/null", major, 0);
  }
  return RTEMS_SUCCESSFUL;
}

rtems_device_driver zero_initialize(rtems_device_major_number major, rtems_device_minor_number minor, void *argument)
{
  (void) minor;
  (void) argument;
  return rtems_io_register_name("/dev/zero", major, 0);
}

static rtems_status_code done(void)
{
  return RTEMS_SUCCESSFUL;
}

#define NOTHING(name) \
  rtems_device_driver name(rtems_device_major_number major, rtems_device_minor_number minor, void *argument) \
  { \
    (void) major; \
    (void) minor; \
    (void) argument; \
    return done(); \
  }

NOTHING(null_open)
NOTHING(null_close)
NOTHING(null_control)
NOTHING(zero_open)
NOTHING(zero_close)

static rtems_status_code moved(rtems_libio_rw_args_t *transfer, uint32_t count)
{
  if (transfer != NULL) {
    transfer->bytes_moved = count;
  }
  return RTEMS_SUCCESSFUL;
}

#define WRITE(name) \
  rtems_device_driver name(rtems_device_major_number major, rtems_device_minor_number minor, void *argument) \
  { \
    rtems_libio_rw_args_t *transfer = argument; \
    (void) major; \
    (void) minor; \
    return moved(transfer, transfer != NULL ? transfer->count : 0); \
  }

NOTHING(console_initialize)
NOTHING(console_open)
NOTHING(console_close)
NOTHING(console_control)

rtems_device_driver zero_control(rtems_device_major_number major, rtems_device_minor_number minor, void *argument)
{
  (void) major;
  (void) minor;
  (void) argument;
  return RTEMS_IO_ERROR;
}

/* A read of the console is a read of its file; here there is none to read from. */
NOTHING(console_read)

WRITE(null_write)
WRITE(zero_write)

rtems_device_driver console_write(rtems_device_major_number major, rtems_device_minor_number minor, void *argument)
{
  rtems_libio_rw_args_t *transfer = argument;

  (void) major;
  (void) minor;
  if (transfer == NULL) {
    return RTEMS_SUCCESSFUL;
  }
  rtems_shim_console_write(transfer->buffer, transfer->count);
  return moved(transfer, transfer->count);
}

rtems_device_driver null_read(rtems_device_major_number major, rtems_device_minor_number minor, void *argument)
{
  (void) major;
  (void) minor;
  return moved(argument, 0);
}

rtems_device_driver zero_read(rtems_device_major_number major, rtems_device_minor_number minor, void *argument)
{
  rtems_libio_rw_args_t *transfer = argument;

  (void) major;
  (void) minor;
  if (transfer != NULL) {
    memset(transfer->buffer, 0, transfer->count);
  }
  return moved(transfer, transfer != NULL ? transfer->count : 0);
}
