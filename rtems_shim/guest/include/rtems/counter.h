/* The CPU counter counts instructions of virtual time. */

#ifndef _RTEMS_COUNTER_H
#define _RTEMS_COUNTER_H

#include <rtems.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef uint32_t rtems_counter_ticks;
typedef rtems_counter_ticks CPU_Counter_ticks;

rtems_counter_ticks rtems_counter_read(void);
uint32_t rtems_counter_frequency(void);
uint64_t rtems_counter_ticks_to_nanoseconds(rtems_counter_ticks);
rtems_counter_ticks rtems_counter_nanoseconds_to_ticks(uint32_t);
int64_t rtems_counter_ticks_to_sbintime(rtems_counter_ticks);
rtems_counter_ticks rtems_counter_sbintime_to_ticks(int64_t);
void rtems_counter_initialize_converter(uint32_t frequency);
void rtems_counter_delay_ticks(rtems_counter_ticks);
void rtems_counter_delay_nanoseconds(uint32_t);

static inline rtems_counter_ticks rtems_counter_difference(rtems_counter_ticks second, rtems_counter_ticks first)
{
  return second - first;
}

#ifdef __cplusplus
}
#endif

#endif
