/* Files: device nodes whose behaviour an application brings along, as far as a mapping of them needs it. */

#ifndef _RTEMS_LIBIO_H
#define _RTEMS_LIBIO_H

#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

#include <rtems/rtems/types.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct rtems_libio_tt rtems_libio_t;
typedef struct rtems_filesystem_location_info_tt rtems_filesystem_location_info_t;
struct iovec;
struct rtems_shim_knote;

typedef struct {
  int (*open_h)(rtems_libio_t *, const char *, int, mode_t);
  int (*close_h)(rtems_libio_t *);
  ssize_t (*read_h)(rtems_libio_t *, void *, size_t);
  ssize_t (*write_h)(rtems_libio_t *, const void *, size_t);
  int (*ioctl_h)(rtems_libio_t *, ioctl_command_t, void *);
  off_t (*lseek_h)(rtems_libio_t *, off_t, int);
  int (*fstat_h)(const rtems_filesystem_location_info_t *, struct stat *);
  int (*ftruncate_h)(rtems_libio_t *, off_t);
  int (*fsync_h)(rtems_libio_t *);
  int (*fdatasync_h)(rtems_libio_t *);
  int (*fcntl_h)(rtems_libio_t *, int);
  int (*poll_h)(rtems_libio_t *, int);
  int (*kqfilter_h)(rtems_libio_t *, struct rtems_shim_knote *);
  ssize_t (*readv_h)(rtems_libio_t *, const struct iovec *, int, ssize_t);
  ssize_t (*writev_h)(rtems_libio_t *, const struct iovec *, int, ssize_t);
  int (*mmap_h)(rtems_libio_t *, void **, size_t, int, off_t);
} rtems_filesystem_file_handlers_r;

int rtems_filesystem_default_open(rtems_libio_t *, const char *, int, mode_t);
int rtems_filesystem_default_close(rtems_libio_t *);
ssize_t rtems_filesystem_default_read(rtems_libio_t *, void *, size_t);
ssize_t rtems_filesystem_default_write(rtems_libio_t *, const void *, size_t);
int rtems_filesystem_default_ioctl(rtems_libio_t *, ioctl_command_t, void *);
off_t rtems_filesystem_default_lseek(rtems_libio_t *, off_t, int);
int rtems_filesystem_default_fstat(const rtems_filesystem_location_info_t *, struct stat *);
int rtems_filesystem_default_ftruncate(rtems_libio_t *, off_t);
int rtems_filesystem_default_fsync_or_fdatasync(rtems_libio_t *);
int rtems_filesystem_default_fcntl(rtems_libio_t *, int);
int rtems_filesystem_default_poll(rtems_libio_t *, int);
int rtems_filesystem_default_kqfilter(rtems_libio_t *, struct rtems_shim_knote *);
ssize_t rtems_filesystem_default_readv(rtems_libio_t *, const struct iovec *, int, ssize_t);
ssize_t rtems_filesystem_default_writev(rtems_libio_t *, const struct iovec *, int, ssize_t);
int rtems_filesystem_default_mmap(rtems_libio_t *, void **, size_t, int, off_t);

int rtems_mkdir(const char *, mode_t);

#ifdef __cplusplus
}
#endif

#endif
