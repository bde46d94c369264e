/* Where paths begin. All threads have one environment: chroot() and chdir() of one are those of all. [D-172] */

#ifndef _RTEMS_USERENV_H
#define _RTEMS_USERENV_H

#include <limits.h>
#include <sys/types.h>

#include <rtems/libio.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
  rtems_filesystem_global_location_t *current_directory;
  rtems_filesystem_global_location_t *root_directory;
  mode_t umask;
  uid_t uid;
  gid_t gid;
  uid_t euid;
  gid_t egid;
  char login_buffer[LOGIN_NAME_MAX];
  pid_t pgrp;
  size_t ngroups;
  gid_t groups[16];
} rtems_user_env_t;

/* Undoes every chroot(). */
void rtems_libio_use_global_env(void);

#ifdef __cplusplus
}
#endif

#endif
