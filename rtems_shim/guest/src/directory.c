/* Directories, and calls about files that are made of others. */

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include <rtems.h>

#include "internal.h"

struct entry {
  uint32_t number, kind;
  char name[MAXNAMLEN + 1];
};

static int failed(int error)
{
  errno = error;
  return -1;
}

/* Directories */

/* As on RTEMS it takes any file; one that is no directory has no entries. */
DIR *fdopendir(int fd)
{
  struct stat status;
  DIR *directory;

  if (fstat(fd, &status) != 0) {
    return NULL;
  }
  directory = calloc(1, sizeof(*directory));
  if (directory != NULL) {
    directory->dd_fd = fd;
  }
  return directory;
}

DIR *opendir(const char *path)
{
  int fd = open(path, O_RDONLY | O_DIRECTORY);
  DIR *directory;

  if (fd < 0) {
    return NULL;
  }
  directory = fdopendir(fd);
  if (directory == NULL) {
    close(fd);
  }
  return directory;
}

int closedir(DIR *directory)
{
  int fd;

  if (directory == NULL) {
    return failed(EBADF);
  }
  fd = directory->dd_fd;
  free(directory);
  return close(fd);
}

int dirfd(DIR *directory)
{
  return directory->dd_fd;
}

RTEMS_STATIC_ASSERT(sizeof(struct dirent) == RTEMS_SHIM_DIRENT_SIZE, dirent);

static bool read_entry(DIR *directory, struct dirent *result)
{
  struct entry entry;

  if (rtems_shim_readdir(directory->dd_fd, &entry) <= 0) {
    return false;
  }
  memset(result, 0, sizeof(*result));
  result->d_ino = entry.number;
  result->d_off = (off_t) ((size_t) (rtems_shim_seekdir(directory->dd_fd, -1) - 1) * sizeof(*result));
  result->d_reclen = sizeof(*result);
  result->d_namlen = (unsigned short) strlen(entry.name);
  result->d_type = (unsigned char) (entry.kind >> 12);
  strcpy(result->d_name, entry.name);
  return true;
}

struct dirent *readdir(DIR *directory)
{
  return read_entry(directory, &directory->entry) ? &directory->entry : NULL;
}

int readdir_r(DIR *directory, struct dirent *entry, struct dirent **result)
{
  const int saved_errno = errno;
  int error;

  errno = 0;
  *result = read_entry(directory, entry) ? entry : NULL;
  error = errno;
  errno = saved_errno;
  return error;
}

void rewinddir(DIR *directory)
{
  (void) rtems_shim_seekdir(directory->dd_fd, 0);
}

void seekdir(DIR *directory, long position)
{
  (void) rtems_shim_seekdir(directory->dd_fd, (int) position);
}

long telldir(DIR *directory)
{
  return rtems_shim_seekdir(directory->dd_fd, -1);
}

int alphasort(const struct dirent **left, const struct dirent **right)
{
  return strcmp((*left)->d_name, (*right)->d_name);
}

static bool add_entry(struct dirent ***list, int count, const struct dirent *entry)
{
  struct dirent **longer = realloc(*list, ((size_t) count + 1) * sizeof(*longer));

  if (longer == NULL) {
    return false;
  }
  *list = longer;
  longer[count] = malloc(sizeof(*entry));
  if (longer[count] == NULL) {
    return false;
  }
  *longer[count] = *entry;
  return true;
}

int scandir(
  const char *path,
  struct dirent ***found,
  int (*select)(const struct dirent *),
  int (*compare)(const struct dirent **, const struct dirent **)
)
{
  DIR *directory = opendir(path);
  struct dirent **list = NULL, *entry;
  int count = 0;

  if (directory == NULL) {
    return -1;
  }
  while ((entry = readdir(directory)) != NULL) {
    if (select != NULL && !select(entry)) {
      continue;
    }
    if (!add_entry(&list, count, entry)) {
      while (count > 0) {
        free(list[--count]);
      }
      free(list);
      closedir(directory);
      errno = ENOMEM;
      return -1;
    }
    ++count;
  }
  closedir(directory);
  if (compare != NULL && count > 1) {
    qsort(list, (size_t) count, sizeof(*list), (int (*)(const void *, const void *)) (void *) compare);
  }
  *found = list;
  return count;
}

char *getcwd(char *buffer, size_t size)
{
  char *place = buffer;

  if (place == NULL) {
    size = size == 0 ? PATH_MAX : size;
    place = malloc(size);
  }
  if (place == NULL || rtems_shim_getcwd(place, size) < 0) {
    if (buffer == NULL) {
      free(place);
    }
    return NULL;
  }
  return place;
}

/* Names */

int rename(const char *old, const char *new)
{
  return rtems_shim_rename(old, new);
}

int access(const char *path, int mode)
{
  struct stat status;
  const mode_t wanted = (mode_t) (((mode & R_OK) ? S_IRUSR : 0) | ((mode & W_OK) ? S_IWUSR : 0) |
    ((mode & X_OK) ? S_IXUSR : 0));

  if ((mode & ~(R_OK | W_OK | X_OK)) != 0) {
    return failed(EINVAL);
  }
  if (stat(path, &status) != 0) {
    return -1;
  }
  return (status.st_mode & wanted) == wanted ? 0 : failed(EACCES);
}

int truncate(const char *path, off_t length)
{
  int fd = open(path, O_WRONLY), result, error;

  if (fd < 0) {
    return -1;
  }
  result = ftruncate(fd, length);
  error = errno;
  (void) close(fd);
  errno = error;
  return result;
}

/* As on RTEMS it is for who can write. */
int fdatasync(int fd)
{
  const int flags = fcntl(fd, F_GETFL);

  if (flags >= 0 && (flags & O_ACCMODE) == O_RDONLY) {
    errno = EBADF;
    return -1;
  }
  return fsync(fd);
}

void sync(void)
{
}

/* Pieces. Each is a read() or write() of its own; what is not complete ends it. */

static ssize_t total(const struct iovec *pieces, int count)
{
  ssize_t sum = 0;
  int index;

  if (pieces == NULL || count <= 0 || count > IOV_MAX) {
    return failed(EINVAL);
  }
  for (index = 0; index < count; ++index) {
    if ((pieces[index].iov_base == NULL && pieces[index].iov_len > 0) || pieces[index].iov_len > (size_t) (INT_MAX - sum)) {
      return failed(EINVAL);
    }
    sum += (ssize_t) pieces[index].iov_len;
  }
  return sum;
}

static ssize_t move(int fd, const struct iovec *pieces, int count, bool writes)
{
  ssize_t done = 0;
  int index, mode;

  if (total(pieces, count) < 0) {
    return -1;
  }
  mode = fcntl(fd, F_GETFL, 0);
  if (mode < 0 || (mode & O_ACCMODE) == (writes ? O_RDONLY : O_WRONLY)) {
    return failed(EBADF);
  }
  for (index = 0; index < count; ++index) {
    const struct iovec *piece = &pieces[index];
    ssize_t moved = 0;

    if (piece->iov_len == 0) {
      continue;
    }
    moved = writes ? write(fd, piece->iov_base, piece->iov_len) : read(fd, piece->iov_base, piece->iov_len);

    if (moved < 0) {
      return done > 0 ? done : -1;
    }
    done += moved;
    if ((size_t) moved < piece->iov_len) {
      break;
    }
  }
  return done;
}

ssize_t readv(int fd, const struct iovec *pieces, int count)
{
  return move(fd, pieces, count, false);
}

ssize_t writev(int fd, const struct iovec *pieces, int count)
{
  return move(fd, pieces, count, true);
}
