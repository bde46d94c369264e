/* Files: the calls whose C form differs from their trap. */

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>
#include <utime.h>

#include <rtems.h>
#include <rtems/libio.h>

#include "internal.h"

RTEMS_STATIC_ASSERT(sizeof(off_t) == sizeof(long long), off_t);

const struct rtems_shim_device_calls *rtems_shim_device_calls;

static int open_file(const char *path, int flags, mode_t mode)
{
  const int saved_errno = errno;
  int fd = rtems_shim_open(path, flags, mode);

  if (fd < 0 && errno == RTEMS_SHIM_NEEDS_ROOM) {
    const size_t size = (flags & O_CREAT) != 0 ? RTEMS_SHIM_NODE : PIPE_BUF;

    errno = saved_errno;
    fd = rtems_shim_has_room(size, ENOMEM) ? rtems_shim_open(path, flags | RTEMS_SHIM_HAS_ROOM, mode) : -1;
  }
  return fd < 0 || rtems_shim_device_calls == NULL ? fd : rtems_shim_device_calls->opened(fd, path, flags, mode);
}

int open(const char *path, int flags, ...)
{
  mode_t mode = 0;
  va_list arguments;

  if ((flags & O_CREAT) != 0) {
    va_start(arguments, flags);
    mode = va_arg(arguments, mode_t);
    va_end(arguments);
  }
  return open_file(path, flags, mode);
}

int creat(const char *path, mode_t mode)
{
  return open_file(path, O_WRONLY | O_CREAT | O_TRUNC, mode);
}

int close(int fd)
{
  int failed = 0, error = 0;

  if (rtems_shim_device_calls != NULL) {
    failed = rtems_shim_device_calls->closed(fd);
    error = errno;
  }
  if (rtems_shim_close(fd) != 0) {
    return -1;
  }
  if (failed != 0) {
    errno = error;
  }
  return failed;
}

/* A reader that waited for input makes its call again, so that the copy is its own access. */
ssize_t read(int fd, void *buffer, size_t size)
{
  const int saved_errno = errno;
  int count;

  while ((count = rtems_shim_read(fd, buffer, size)) < 0 && errno == RTEMS_SHIM_READ_AGAIN) {
    errno = saved_errno;
  }
  if (count < 0 && errno == RTEMS_SHIM_DEVICE_CALL) {
    errno = saved_errno;
    return rtems_shim_device_calls->read(fd, buffer, size);
  }
  return count;
}

/* So does a writer; nobody at the other end is a signal first. */
ssize_t write(int fd, const void *buffer, size_t size)
{
  const int saved_errno = errno;
  int count;

  while ((count = rtems_shim_write(fd, (void *) buffer, size)) < 0 && errno == RTEMS_SHIM_READ_AGAIN) {
    errno = saved_errno;
  }
  if (count < 0 && errno == RTEMS_SHIM_DEVICE_CALL) {
    errno = saved_errno;
    return rtems_shim_device_calls->write(fd, buffer, size);
  }
  if (count < 0 && errno == RTEMS_SHIM_NEEDS_ROOM) {
    errno = saved_errno;
    return rtems_shim_has_room(size, ENOSPC) ? rtems_shim_write(fd | RTEMS_SHIM_HAS_ROOM, (void *) buffer, size) : -1;
  }
  if (count < 0 && errno == EPIPE) {
    kill(getpid(), SIGPIPE);
    errno = EPIPE;
  }
  return count;
}

off_t lseek(int fd, off_t offset, int whence)
{
  long long position = 0;

  return rtems_shim_lseek(&position, fd, offset, whence) < 0 ? -1 : position;
}

off_t rtems_shim_lseek_r(void *reent, int fd, off_t offset, int whence);

off_t rtems_shim_lseek_r(void *reent, int fd, off_t offset, int whence)
{
  (void) reent;
  return lseek(fd, offset, whence);
}

int ioctl(int fd, ioctl_command_t command, ...)
{
  const int saved_errno = errno;
  int result;
  void *argument;
  va_list arguments;

  va_start(arguments, command);
  argument = va_arg(arguments, void *);
  va_end(arguments);
  result = rtems_shim_ioctl(fd, command, argument);
  if (result < 0 && errno == RTEMS_SHIM_DEVICE_CALL) {
    errno = saved_errno;
    return rtems_shim_device_calls->ioctl(fd, (unsigned) command, argument);
  }
  return result;
}

int fcntl(int fd, int command, ...)
{
  unsigned argument;
  va_list arguments;

  va_start(arguments, command);
  argument = va_arg(arguments, unsigned);
  va_end(arguments);
  return command == F_DUPFD ? dup(fd) : rtems_shim_fcntl(fd, command, argument);
}

int isatty(int fd)
{
  return rtems_shim_isatty(fd) > 0;
}

/* The number of RTEMS's file systems in memory. */
#define IMFS_MAJOR 0xFFFE

static void fill_stat(struct stat *status, const struct rtems_shim_stat_record *record)
{
  memset(status, 0, sizeof(*status));
  status->st_mode = record->mode;
  status->st_size = record->size;
  status->st_ino = (ino_t) record->ino;
  status->st_nlink = (nlink_t) record->nlink;
  status->st_blksize = (blksize_t) record->blksize;
  status->st_uid = (uid_t) record->uid;
  status->st_gid = (gid_t) record->gid;
  status->st_dev = record->dev == 0 ? 0 : rtems_filesystem_make_dev_t(IMFS_MAJOR, record->dev - 1);
  status->st_rdev = rtems_filesystem_make_dev_t(record->rdev_major, record->rdev_minor);
  status->st_atim.tv_sec = (time_t) record->atime;
  status->st_mtim.tv_sec = (time_t) record->mtime;
  status->st_ctim.tv_sec = (time_t) record->ctime;
}

int fstat(int fd, struct stat *status)
{
  struct rtems_shim_stat_record record;

  if (status == NULL) {
    errno = EFAULT;
    return -1;
  }
  if (rtems_shim_fstat(fd, &record) < 0) {
    return -1;
  }
  fill_stat(status, &record);
  return 0;
}

int stat(const char *path, struct stat *status)
{
  struct rtems_shim_stat_record record;

  if (status == NULL) {
    errno = EFAULT;
    return -1;
  }
  if (rtems_shim_stat(path, &record) < 0) {
    return -1;
  }
  fill_stat(status, &record);
  return 0;
}

int lstat(const char *path, struct stat *status)
{
  struct rtems_shim_stat_record record;

  if (status == NULL) {
    errno = EFAULT;
    return -1;
  }
  if (rtems_shim_lstat(path, &record) < 0) {
    return -1;
  }
  fill_stat(status, &record);
  return 0;
}

/* As on RTEMS there must be room for its bytes in the heap, although the kernel keeps them. */
int pipe(int descriptors[2])
{
  return descriptors == NULL || rtems_shim_has_room(PIPE_BUF, ENOMEM) ? rtems_shim_pipe(descriptors) : -1;
}

int mkfifo(const char *path, mode_t mode)
{
  return mknod(path, mode | S_IFIFO, 0);
}

/* Files are always written; devices cannot be told to, as on RTEMS. */
int fsync(int fd)
{
  struct stat status;

  if (fstat(fd, &status) != 0) {
    return -1;
  }
  if (S_ISCHR(status.st_mode)) {
    errno = EINVAL;
    return -1;
  }
  return 0;
}

/* A duplicate is one more opening: a device hears of it. */
static int told(int fd)
{
  return fd < 0 || rtems_shim_device_calls == NULL ? fd :
                                                     rtems_shim_device_calls->opened(fd, NULL, fcntl(fd, F_GETFL), 0);
}

int dup(int fd)
{
  return told(rtems_shim_dup(fd));
}

int dup2(int fd, int wanted)
{
  if (
    rtems_shim_device_calls != NULL && fd != wanted && fcntl(fd, F_GETFL) >= 0 && fcntl(wanted, F_GETFL) >= 0 &&
    rtems_shim_device_calls->closed(wanted) != 0
  ) {
    return -1;
  }
  fd = fd != wanted ? told(rtems_shim_dup2(fd, wanted)) : rtems_shim_dup2(fd, wanted);
  return fd;
}

/* As on RTEMS: there is nothing that could be swapped out. */
int mlockall(int flags)
{
  (void) flags;
  errno = EINVAL;
  return -1;
}

int munlockall(void)
{
  errno = EINVAL;
  return -1;
}

int posix_madvise(void *address, size_t length, int advice)
{
  (void) address;
  (void) length;
  return advice < POSIX_MADV_NORMAL || advice > POSIX_MADV_DONTNEED ? EINVAL : 0;
}

/* Owners and times.  */

int chown(const char *path, uid_t user, gid_t group)
{
  return rtems_shim_chown(path, user, group, 1);
}

int lchown(const char *path, uid_t user, gid_t group)
{
  return rtems_shim_chown(path, user, group, 0);
}

/* As on RTEMS neither a directory nor flags are served. */
int utimensat(int directory, const char *path, const struct timespec *times, int flags)
{
  if (directory != AT_FDCWD || flags != 0) {
    errno = ENOSYS;
    return -1;
  }
  if (path == NULL || path[0] == '\0') {
    errno = path == NULL ? EFAULT : ENOENT;
    return -1;
  }
  return rtems_shim_set_times(path, -1, 1, (void *) times);
}

int futimens(int fd, const struct timespec *times)
{
  return rtems_shim_set_times(NULL, fd, 1, (void *) times);
}

int utimes(const char *path, const struct timeval *times)
{
  struct timespec converted[2];
  unsigned index;

  if (times == NULL) {
    return utimensat(AT_FDCWD, path, NULL, 0);
  }
  for (index = 0; index < 2; ++index) {
    converted[index].tv_sec = times[index].tv_sec;
    converted[index].tv_nsec = (long) times[index].tv_usec * 1000;
  }
  return utimensat(AT_FDCWD, path, converted, 0);
}

int utime(const char *path, const struct utimbuf *times)
{
  struct timespec converted[2] = { { 0, 0 }, { 0, 0 } };

  if (times == NULL) {
    return utimensat(AT_FDCWD, path, NULL, 0);
  }
  converted[0].tv_sec = times->actime;
  converted[1].tv_sec = times->modtime;
  return utimensat(AT_FDCWD, path, converted, 0);
}
