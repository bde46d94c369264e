/* Profiling: RTEMS has data of it where it was built for that, as this one was not. */

#ifndef _RTEMS_PROFILING_H
#define _RTEMS_PROFILING_H

#include <stdint.h>

#include <rtems/print.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum { RTEMS_PROFILING_PER_CPU, RTEMS_PROFILING_SMP_LOCK } rtems_profiling_type;

typedef struct {
  rtems_profiling_type type;
} rtems_profiling_header;

/* Times are in nanoseconds. */
typedef struct {
  rtems_profiling_header header;
  uint32_t processor_index;
  uint32_t max_thread_dispatch_disabled_time;
  uint64_t thread_dispatch_disabled_count;
  uint64_t total_thread_dispatch_disabled_time;
  uint32_t max_interrupt_delay;
  uint32_t max_interrupt_time;
  uint64_t interrupt_count;
  uint64_t total_interrupt_time;
} rtems_profiling_per_cpu;

#define RTEMS_PROFILING_SMP_LOCK_CONTENTION_COUNTS 4

typedef struct {
  rtems_profiling_header header;
  const char *name;
  uint32_t max_acquire_time;
  uint32_t max_section_time;
  uint64_t usage_count;
  uint64_t total_acquire_time;
  uint64_t total_section_time;
  uint64_t contention_counts[RTEMS_PROFILING_SMP_LOCK_CONTENTION_COUNTS];
} rtems_profiling_smp_lock;

typedef union {
  rtems_profiling_header header;
  rtems_profiling_per_cpu per_cpu;
  rtems_profiling_smp_lock smp_lock;
} rtems_profiling_data;

typedef void (*rtems_profiling_visitor)(void *, const rtems_profiling_data *);

/* Visits nothing; reports nothing, which are 0 characters. */
void rtems_profiling_iterate(rtems_profiling_visitor, void *);
int rtems_profiling_report_xml(const char *, const rtems_printer *, uint32_t, const char *);

#ifdef __cplusplus
}
#endif

#endif
