/* Rate-Monotonic Manager. */

#ifndef _RTEMS_RTEMS_RATEMON_H
#define _RTEMS_RTEMS_RATEMON_H

#include <rtems/rtems/status.h>
#include <rtems/rtems/types.h>

#ifdef __cplusplus
extern "C" {
#endif

#define RTEMS_PERIOD_STATUS ((rtems_interval) 0)

typedef enum {
  RATE_MONOTONIC_INACTIVE,
  RATE_MONOTONIC_ACTIVE,
  RATE_MONOTONIC_EXPIRED
} rtems_rate_monotonic_period_states;

typedef struct {
  rtems_id owner;
  rtems_rate_monotonic_period_states state;
  struct timespec since_last_period;
  struct timespec executed_since_last_period;
  uint32_t postponed_jobs_count;
} rtems_rate_monotonic_period_status;

typedef struct {
  uint32_t count;
  uint32_t missed_count;
  struct timespec min_cpu_time;
  struct timespec max_cpu_time;
  struct timespec total_cpu_time;
  struct timespec min_wall_time;
  struct timespec max_wall_time;
  struct timespec total_wall_time;
} rtems_rate_monotonic_period_statistics;

struct rtems_printer;

rtems_status_code rtems_rate_monotonic_get_status(rtems_id, rtems_rate_monotonic_period_status *);
rtems_status_code rtems_rate_monotonic_get_statistics(rtems_id, rtems_rate_monotonic_period_statistics *);
rtems_status_code rtems_rate_monotonic_reset_statistics(rtems_id);
void rtems_rate_monotonic_reset_all_statistics(void);
void rtems_rate_monotonic_report_statistics(void);
void rtems_rate_monotonic_report_statistics_with_plugin(const struct rtems_printer *);
rtems_status_code rtems_rate_monotonic_create(rtems_name, rtems_id *);
rtems_status_code rtems_rate_monotonic_ident(rtems_name, rtems_id *);
rtems_status_code rtems_rate_monotonic_cancel(rtems_id);
rtems_status_code rtems_rate_monotonic_delete(rtems_id);
rtems_status_code rtems_rate_monotonic_period(rtems_id, rtems_interval);

#ifdef __cplusplus
}
#endif

#endif
