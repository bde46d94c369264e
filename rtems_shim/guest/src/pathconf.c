/* pathconf() and fpathconf(): what RTEMS's file system in memory says of itself, whatever it can do. */

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <unistd.h>

#include <rtems.h>

struct limit {
  int name;
  long value;
};

static const struct limit limits[] = {
  { _PC_LINK_MAX, 5 },
  { _PC_MAX_CANON, 6 },
  { _PC_MAX_INPUT, 7 },
  { _PC_NAME_MAX, NAME_MAX },
  { _PC_PATH_MAX, 255 },
  { _PC_PIPE_BUF, 2 },
  { _PC_ASYNC_IO, 1 },
  { _PC_CHOWN_RESTRICTED, 2 },
  { _PC_NO_TRUNC, 3 },
  { _PC_PRIO_IO, 4 },
  { _PC_SYNC_IO, 5 },
  { _PC_VDISABLE, 6 }
};

long fpathconf(int fd, int name)
{
  unsigned index;

  if (fcntl(fd, F_GETFL, 0) < 0) {
    return -1;
  }
  for (index = 0; index < RTEMS_ARRAY_SIZE(limits); ++index) {
    if (limits[index].name == name) {
      return limits[index].value;
    }
  }
  errno = EINVAL;
  return -1;
}

long pathconf(const char *path, int name)
{
  const int fd = open(path, O_RDONLY);
  long value;

  if (fd < 0) {
    return -1;
  }
  value = fpathconf(fd, name);
  close(fd);
  return value;
}
