/* The default handlers of a device node. Only their addresses are used: the kernel keeps the files. */

#include <errno.h>

#include <rtems/libio.h>

static int not_supported(void)
{
  errno = ENOTSUP;
  return -1;
}

int rtems_filesystem_default_open(rtems_libio_t *file, const char *path, int flags, mode_t mode)
{
  (void) file;
  (void) path;
  (void) flags;
  (void) mode;
  return 0;
}

int rtems_filesystem_default_close(rtems_libio_t *file)
{
  (void) file;
  return 0;
}

ssize_t rtems_filesystem_default_read(rtems_libio_t *file, void *buffer, size_t size)
{
  (void) file;
  (void) buffer;
  (void) size;
  return not_supported();
}

ssize_t rtems_filesystem_default_write(rtems_libio_t *file, const void *buffer, size_t size)
{
  (void) file;
  (void) buffer;
  (void) size;
  return not_supported();
}

int rtems_filesystem_default_ioctl(rtems_libio_t *file, ioctl_command_t command, void *argument)
{
  (void) file;
  (void) command;
  (void) argument;
  return not_supported();
}

off_t rtems_filesystem_default_lseek(rtems_libio_t *file, off_t offset, int whence)
{
  (void) file;
  (void) offset;
  (void) whence;
  return not_supported();
}

int rtems_filesystem_default_fstat(const rtems_filesystem_location_info_t *location, struct stat *status)
{
  (void) location;
  (void) status;
  return 0;
}

int rtems_filesystem_default_ftruncate(rtems_libio_t *file, off_t length)
{
  (void) file;
  (void) length;
  return not_supported();
}

int rtems_filesystem_default_fsync_or_fdatasync(rtems_libio_t *file)
{
  (void) file;
  return 0;
}

int rtems_filesystem_default_fcntl(rtems_libio_t *file, int command)
{
  (void) file;
  (void) command;
  return 0;
}

int rtems_filesystem_default_poll(rtems_libio_t *file, int events)
{
  (void) file;
  (void) events;
  return 0;
}

int rtems_filesystem_default_kqfilter(rtems_libio_t *file, struct rtems_shim_knote *note)
{
  (void) file;
  (void) note;
  return not_supported();
}

ssize_t rtems_filesystem_default_readv(rtems_libio_t *file, const struct iovec *parts, int count, ssize_t total)
{
  (void) file;
  (void) parts;
  (void) count;
  (void) total;
  return not_supported();
}

ssize_t rtems_filesystem_default_writev(rtems_libio_t *file, const struct iovec *parts, int count, ssize_t total)
{
  (void) file;
  (void) parts;
  (void) count;
  (void) total;
  return not_supported();
}

int rtems_filesystem_default_mmap(rtems_libio_t *file, void **address, size_t size, int protection, off_t offset)
{
  (void) file;
  (void) address;
  (void) size;
  (void) protection;
  (void) offset;
  return not_supported();
}
