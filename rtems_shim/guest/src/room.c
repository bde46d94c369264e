/*
 * Room in the heap. On RTEMS the file system in memory is in the heap; here the kernel keeps it, and once malloc() has
 * failed what makes files asks whether there would be room.
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "internal.h"

static bool is_short;

void rtems_shim_heap_ends(void)
{
  if (!is_short) {
    is_short = true;
    rtems_shim_heap_is_short();
  }
}

bool rtems_shim_has_room(size_t size, int error)
{
  void *room;

  if (!is_short) {
    return true;
  }
  room = malloc(size);
  if (room == NULL) {
    errno = error;
    return false;
  }
  free(room);
  return true;
}

int mkdir(const char *path, mode_t mode)
{
  return rtems_shim_has_room(RTEMS_SHIM_NODE, ENOMEM) ? rtems_shim_mkdir(path, mode) : -1;
}

int link(const char *old, const char *new)
{
  return rtems_shim_has_room(RTEMS_SHIM_NODE, ENOMEM) ? rtems_shim_link(old, new) : -1;
}

int symlink(const char *target, const char *path)
{
  const size_t length = target == NULL ? 0 : strlen(target);

  return rtems_shim_has_room(RTEMS_SHIM_NODE + length, ENOMEM) ? rtems_shim_symlink(target, path) : -1;
}
