/* The timer that RTEMS's measurements of time are made with. */

#ifndef _RTEMS_BTIMER_H
#define _RTEMS_BTIMER_H

#include <stdbool.h>
#include <stdint.h>

#include <rtems/rtems/status.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef uint32_t benchmark_timer_t;

void benchmark_timer_initialize(void);
benchmark_timer_t benchmark_timer_read(void); /* nanoseconds since then */
rtems_status_code benchmark_timer_empty_function(void); /* the test's own */
void benchmark_timer_disable_subtracting_average_overhead(bool);

#ifdef __cplusplus
}
#endif

#endif
