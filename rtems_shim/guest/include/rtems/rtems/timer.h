/* Timer Manager. */

#ifndef _RTEMS_RTEMS_TIMER_H
#define _RTEMS_RTEMS_TIMER_H

#include <rtems/rtems/attr.h>
#include <rtems/rtems/status.h>
#include <rtems/rtems/tasks.h>
#include <rtems/rtems/types.h>
#include <rtems/score/watchdogticks.h>

#ifdef __cplusplus
extern "C" {
#endif

#define RTEMS_TIMER_SERVER_DEFAULT_PRIORITY ((uint32_t) -1)

typedef enum {
  TIMER_DORMANT = 0,
  TIMER_INTERVAL = 4,
  TIMER_TIME_OF_DAY = 5,
  TIMER_INTERVAL_ON_TASK = 6,
  TIMER_TIME_OF_DAY_ON_TASK = 7
} Timer_Classes;

typedef struct {
  Timer_Classes the_class;
  Watchdog_Interval initial;
  Watchdog_Interval start_time;
  Watchdog_Interval stop_time;
} rtems_timer_information;

rtems_status_code rtems_timer_get_information(rtems_id, rtems_timer_information *);
rtems_status_code rtems_timer_create(rtems_name, rtems_id *);
rtems_status_code rtems_timer_ident(rtems_name, rtems_id *);
rtems_status_code rtems_timer_cancel(rtems_id);
rtems_status_code rtems_timer_delete(rtems_id);
rtems_status_code rtems_timer_fire_after(
  rtems_id,
  rtems_interval,
  rtems_timer_service_routine_entry,
  void *
);
rtems_status_code rtems_timer_fire_when(
  rtems_id,
  const rtems_time_of_day *,
  rtems_timer_service_routine_entry,
  void *
);
rtems_status_code rtems_timer_reset(rtems_id);
rtems_status_code rtems_timer_initiate_server(rtems_task_priority, size_t, rtems_attribute);
rtems_status_code rtems_timer_server_fire_after(
  rtems_id,
  rtems_interval,
  rtems_timer_service_routine_entry,
  void *
);
rtems_status_code rtems_timer_server_fire_when(
  rtems_id,
  const rtems_time_of_day *,
  rtems_timer_service_routine_entry,
  void *
);

#ifdef __cplusplus
}
#endif

#endif
