/* posix_devctl(), by means of the calls that there are for each command; errors are returned. */

#define _POSIX_26_C_SOURCE

#include <devctl.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/ioctl.h>
#include <unistd.h>

static int set_blocking(int fd, const int *does_not_wait)
{
  const int flags = fcntl(fd, F_GETFL);

  return flags < 0 ? -1 : fcntl(fd, F_SETFL, *does_not_wait ? flags | O_NONBLOCK : flags & ~O_NONBLOCK);
}

int posix_devctl(int fd, int command, void *restrict data, size_t size, int *restrict information)
{
  const int saved_errno = errno;
  int error = 0;

  if (information != NULL) {
    *information = 0;
  }
  switch ((unsigned) command) {
    case SOCKCLOSE:
      error = close(fd);
      break;
    case FIONBIO:
      if (size != sizeof(int)) {
        return EINVAL;
      }
      error = set_blocking(fd, data);
      break;
    default:
      error = ioctl(fd, (ioctl_command_t) command, data);
  }
  error = error != 0 ? errno : 0;
  errno = saved_errno;
  return error;
}
