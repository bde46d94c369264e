/* The benchmark timer, with the CPU counter. Virtual time has no overhead to subtract. */

#include <rtems/btimer.h>
#include <rtems/counter.h>

static rtems_counter_ticks begin;

void benchmark_timer_initialize(void)
{
  begin = rtems_counter_read();
}

benchmark_timer_t benchmark_timer_read(void)
{
  const rtems_counter_ticks end = rtems_counter_read();

  return (benchmark_timer_t) rtems_counter_ticks_to_nanoseconds(rtems_counter_difference(end, begin));
}

void benchmark_timer_disable_subtracting_average_overhead(bool find)
{
  (void) find;
}
