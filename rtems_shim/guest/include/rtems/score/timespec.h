/* Arithmetic of struct timespec under the names that RTEMS has inside. */

#ifndef _RTEMS_SCORE_TIMESPEC_H
#define _RTEMS_SCORE_TIMESPEC_H

#include <rtems/timespec.h>

#define _Timespec_Is_valid(time) rtems_timespec_is_valid(time)
#define _Timespec_Less_than(left, right) rtems_timespec_less_than(left, right)
#define _Timespec_Greater_than(left, right) rtems_timespec_greater_than(left, right)
#define _Timespec_Equal_to(left, right) rtems_timespec_equal_to(left, right)
#define _Timespec_Add_to(time, add) rtems_timespec_add_to(time, add)
#define _Timespec_Subtract(start, end, result) rtems_timespec_subtract(start, end, result)
#define _Timespec_To_ticks(time) rtems_timespec_to_ticks(time)
#define _Timespec_From_ticks(ticks, time) rtems_timespec_from_ticks(ticks, time)
#define _Timespec_Divide(left, right, whole, thousandths) rtems_timespec_divide(left, right, whole, thousandths)
#define _Timespec_Divide_by_integer(time, iterations, result) rtems_timespec_divide_by_integer(time, iterations, result)
#define _Timespec_Set(time, seconds, nanoseconds) rtems_timespec_set(time, seconds, nanoseconds)
#define _Timespec_Set_to_zero(time) rtems_timespec_zero(time)
#define _Timespec_Get_seconds(time) rtems_timespec_get_seconds(time)
#define _Timespec_Get_nanoseconds(time) rtems_timespec_get_nanoseconds(time)

#endif
