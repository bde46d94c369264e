/* Rate-Monotonic Manager. */

#ifndef _RTEMS_RTEMS_RATEMON_H
#define _RTEMS_RTEMS_RATEMON_H

#include <rtems/rtems/status.h>
#include <rtems/rtems/types.h>

#ifdef __cplusplus
extern "C" {
#endif

#define RTEMS_PERIOD_STATUS ((rtems_interval) 0)

rtems_status_code rtems_rate_monotonic_create(rtems_name, rtems_id *);
rtems_status_code rtems_rate_monotonic_ident(rtems_name, rtems_id *);
rtems_status_code rtems_rate_monotonic_cancel(rtems_id);
rtems_status_code rtems_rate_monotonic_delete(rtems_id);
rtems_status_code rtems_rate_monotonic_period(rtems_id, rtems_interval);

#ifdef __cplusplus
}
#endif

#endif
