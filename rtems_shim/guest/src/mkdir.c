/* rtems_mkdir(): a directory with all those above it. */

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <rtems/libio.h>

/* Whether what is there already is a directory; ``last``: the one that was asked for. */
static bool is_directory(const char *path, bool last)
{
  struct stat status;

  if (stat(path, &status) != 0) {
    return false;
  }
  if (!S_ISDIR(status.st_mode)) {
    errno = last ? EEXIST : ENOTDIR;
    return false;
  }
  return true;
}

/* The directories on the way can be written and searched by their owner whatever the mask says. [POSIX, mkdir -p] */
static int make(char *path, mode_t mode)
{
  char *end = path;

  while (*end == '/') {
    ++end;
  }
  for (;;) {
    size_t length = strcspn(end, "/");
    char *next = end + length + strspn(end + length, "/");
    bool last = *next == '\0';
    char separator = end[length];
    mode_t mask = 0;
    int result;

    end[length] = '\0';
    if (!last) {
      mask = umask(0);
      umask(mask & ~(mode_t) (S_IWUSR | S_IXUSR));
    }
    result = mkdir(path, last ? mode : S_IRWXU | S_IRWXG | S_IRWXO);
    if (!last) {
      umask(mask);
    }
    if (result != 0 && (errno != EEXIST || !is_directory(path, last))) {
      return -1;
    }
    if (last) {
      return 0;
    }
    end[length] = separator;
    end = next;
  }
}

int rtems_mkdir(const char *path, mode_t mode)
{
  char *copy = strdup(path);
  int result = -1;

  if (copy == NULL) {
    return -1;
  }
  if (*path == '\0') {
    errno = ENOENT;
  } else if (path[strspn(path, "/")] == '\0') {
    result = 0; /* the root is there */
  } else {
    result = make(copy, mode);
  }
  free(copy);
  return result;
}
