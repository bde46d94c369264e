/* How much of the processor each thread has used. */

#ifndef _RTEMS_CPUUSE_H
#define _RTEMS_CPUUSE_H

#ifdef __cplusplus
extern "C" {
#endif

struct rtems_printer;

int rtems_cpu_info_report(const struct rtems_printer *);
void rtems_cpu_usage_report(void);
void rtems_cpu_usage_report_with_plugin(const struct rtems_printer *);
void rtems_cpu_usage_reset(void);

#ifdef __cplusplus
}
#endif

#endif
