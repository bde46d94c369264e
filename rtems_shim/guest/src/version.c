/* Which RTEMS this is like: the one whose answers the tests compare with. */

#include <rtems.h>
#include <rtems/version.h>

#define KEY "not-released"
#define NUMBERS \
  RTEMS_XSTRING(__RTEMS_MAJOR__) "." RTEMS_XSTRING(__RTEMS_MINOR__) "." RTEMS_XSTRING(__RTEMS_REVISION__)
#define BOARD "v7m"

const char *rtems_version(void)
{
  return NUMBERS "." KEY;
}

int rtems_version_major(void)
{
  return __RTEMS_MAJOR__;
}

int rtems_version_minor(void)
{
  return __RTEMS_MINOR__;
}

int rtems_version_revision(void)
{
  return __RTEMS_REVISION__;
}

const char *rtems_version_control_key(void)
{
  return KEY;
}

const char *rtems_version_release_label(void)
{
  return KEY;
}

bool rtems_version_release_label_is_valid(void)
{
  return true;
}

const char *rtems_board_support_package(void)
{
  return BOARD;
}

const char *rtems_get_version_string(void)
{
  return "rtems-" NUMBERS " (ARM/ARMv7M/" BOARD ")";
}

/* Nothing of RTEMS's own code is linked. */
const char *rtems_get_copyright_notice(void)
{
  return "";
}

const char *rtems_get_build_label(void)
{
  return "DEFAULT";
}

/* A hash of what RTEMS was configured and built with: nothing of RTEMS is linked. */
const char *rtems_get_target_hash(void)
{
  return "";
}
