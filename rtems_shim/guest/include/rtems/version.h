/* Which RTEMS this is like. */

#ifndef _RTEMS_VERSION_H
#define _RTEMS_VERSION_H

#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

const char *rtems_version(void);
int rtems_version_major(void);
int rtems_version_minor(void);
int rtems_version_revision(void);
const char *rtems_version_control_key(void);
const char *rtems_version_release_label(void);
bool rtems_version_release_label_is_valid(void);
const char *rtems_board_support_package(void);
const char *rtems_get_build_label(void);
const char *rtems_get_target_hash(void);

static inline bool rtems_version_control_key_is_valid(const char *key)
{
  return key[0] != '\0';
}

#ifdef __cplusplus
}
#endif

#endif
