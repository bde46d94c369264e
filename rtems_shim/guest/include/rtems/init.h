/* Start and end of the system. */

#ifndef _RTEMS_INIT_H
#define _RTEMS_INIT_H

#include <rtems/score/basedefs.h>

#ifdef __cplusplus
extern "C" {
#endif

void rtems_shutdown_executive(uint32_t) RTEMS_NO_RETURN;
const char *rtems_get_version_string(void);
const char *rtems_get_copyright_notice(void);

#ifdef __cplusplus
}
#endif

#endif
