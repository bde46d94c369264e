/* Reads and writes at a place of their own: the descriptor's position is there and back again in between, as on RTEMS; places in streams. */

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <unistd.h>

static int restore(int fd, off_t position)
{
  const int saved_errno = errno;
  const int failed = lseek(fd, position, SEEK_SET) < 0;

  errno = failed ? errno : saved_errno;
  return failed ? -1 : 0;
}

ssize_t pread(int fd, void *buffer, size_t size, off_t offset)
{
  const off_t position = lseek(fd, 0, SEEK_CUR);
  ssize_t count;

  if (position < 0 || lseek(fd, offset, SEEK_SET) < 0) {
    return -1;
  }
  count = read(fd, buffer, size);
  return restore(fd, position) < 0 ? -1 : count;
}

ssize_t pwrite(int fd, const void *buffer, size_t size, off_t offset)
{
  const off_t position = lseek(fd, 0, SEEK_CUR);
  ssize_t count;

  if (position < 0 || lseek(fd, offset, SEEK_SET) < 0) {
    return -1;
  }
  count = write(fd, buffer, size);
  return restore(fd, position) < 0 ? -1 : count;
}

/* fseeko() and ftello() of streams, whose positions the C library keeps in a long: machine/_types.h leads here. */

int rtems_shim_fseeko(FILE *stream, off_t offset, int whence);
off_t rtems_shim_ftello(FILE *stream);

int rtems_shim_fseeko(FILE *stream, off_t offset, int whence)
{
  if (offset < LONG_MIN || offset > LONG_MAX) {
    errno = EOVERFLOW;
    return -1;
  }
  return fseek(stream, (long) offset, whence);
}

off_t rtems_shim_ftello(FILE *stream)
{
  return ftell(stream);
}
