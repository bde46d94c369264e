/* mount() and its kin: the one kind of file system is the one in memory. */

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <rtems/libio.h>
#include <rtems/userenv.h>

#include "internal.h"

/* What a mounted file system is in the heap of RTEMS, with its root. */
#define MOUNTED (sizeof(rtems_filesystem_mount_table_entry_t) + sizeof(rtems_filesystem_global_location_t) + 128)

/* As on RTEMS the file system in memory does not tell. */
int statvfs(const char *path, struct statvfs *information)
{
  struct stat status;

  if (stat(path, &status) != 0) {
    return -1;
  }
  memset(information, 0, sizeof(*information));
  errno = ENOSYS;
  return -1;
}

/* As on RTEMS there must be room for an environment of its own, although the kernel keeps it. */
int chroot(const char *path)
{
  return rtems_shim_has_room(sizeof(rtems_user_env_t), ENOMEM) ? rtems_shim_chroot(path) : -1;
}

void rtems_libio_use_global_env(void)
{
  rtems_shim_leave_root();
}

int mount(
  const char *source,
  const char *target,
  const char *type,
  rtems_filesystem_options_t options,
  const void *data
)
{
  (void) source;
  (void) data;
  if ((options != RTEMS_FILESYSTEM_READ_ONLY && options != RTEMS_FILESYSTEM_READ_WRITE) || type == NULL) {
    errno = EINVAL;
    return -1;
  }
  if (strcmp(type, RTEMS_FILESYSTEM_TYPE_IMFS) != 0) {
    errno = EINVAL;
    return -1;
  }
  if (target == NULL) {
    errno = ENOTSUP; /* the root's file system is there from the beginning */
    return -1;
  }
  if (!rtems_shim_has_room(MOUNTED, ENOMEM)) {
    return -1;
  }
  return rtems_shim_mount(target, options == RTEMS_FILESYSTEM_READ_WRITE);
}

int mount_and_make_target_path(
  const char *source,
  const char *target,
  const char *type,
  rtems_filesystem_options_t options,
  const void *data
)
{
  if (target == NULL) {
    errno = EINVAL;
    return -1;
  }
  if (rtems_mkdir(target, S_IRWXU | S_IRWXG | S_IRWXO) != 0) {
    return -1;
  }
  return mount(source, target, type, options, data);
}
