/* Reads and writes at a place of their own: the descriptor's position is there and back again in between, as on RTEMS. */

#include <errno.h>
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
