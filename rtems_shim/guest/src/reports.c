/* Reports of what the kernel counted, in RTEMS's form: processor time of threads, and periods. */

#include <inttypes.h>
#include <string.h>

#include <rtems.h>
#include <rtems/cpuuse.h>
#include <rtems/printer.h>

#include "internal.h"

#define NAME_WIDTH 38
#define NANOSECONDS 1000000000

static void name_of(rtems_id id, char *name, size_t size)
{
  name[0] = '\0';
  (void) rtems_object_get_name(id, size, name);
}

/* Processor time */

#define RULE "------------+----------------------------------------+---------------+---------\n"
#define LINE "-------------------------------------------------------------------------------\n"

static void report_thread(const rtems_printer *printer, const struct rtems_shim_thread_record *record)
{
  uint64_t thousandths = record->total_ns == 0 ? 0 : (uint64_t) record->executed_ns * 100000 / record->total_ns;
  uint64_t microseconds = (uint64_t) record->executed_ns / 1000;
  char name[NAME_WIDTH];

  name_of(record->id, name, sizeof(name));
  rtems_printf(
    printer,
    " 0x%08" PRIx32 " | %-38s |%7" PRIu32 ".%06" PRIu32 " |%4" PRIu32 ".%03" PRIu32 "\n",
    (uint32_t) record->id,
    name,
    (uint32_t) (microseconds / 1000000),
    (uint32_t) (microseconds % 1000000),
    (uint32_t) (thousandths / 1000),
    (uint32_t) (thousandths % 1000)
  );
}

void rtems_cpu_usage_report_with_plugin(const rtems_printer *printer)
{
  struct rtems_shim_thread_record record = { .id = 0 };
  uint64_t microseconds;

  rtems_printf(printer, LINE "                              CPU USAGE BY THREAD\n" RULE);
  rtems_printf(printer, " ID         | NAME                                   | SECONDS       | PERCENT\n" RULE);
  while (rtems_shim_thread_get(record.id, &record) != 0) {
    report_thread(printer, &record);
  }
  microseconds = (uint64_t) record.total_ns / 1000;
  rtems_printf(
    printer,
    RULE " TIME SINCE LAST CPU USAGE RESET IN SECONDS:                    %7" PRIu32 ".%06" PRIu32 "\n" LINE,
    (uint32_t) (microseconds / 1000000),
    (uint32_t) (microseconds % 1000000)
  );
}

void rtems_cpu_usage_report(void)
{
  rtems_printer printer;

  rtems_print_printer_printk(&printer);
  rtems_cpu_usage_report_with_plugin(&printer);
}

void rtems_cpu_usage_reset(void)
{
  rtems_shim_cpu_usage_reset();
}

/* Periods */

static struct timespec average(const struct timespec *total, uint32_t count)
{
  uint64_t nanoseconds = ((uint64_t) total->tv_sec * NANOSECONDS + (uint64_t) total->tv_nsec) / count;

  return (struct timespec) {
    .tv_sec = (time_t) (nanoseconds / NANOSECONDS),
    .tv_nsec = (long) (nanoseconds % NANOSECONDS)
  };
}

static void report_times(
  const rtems_printer *printer,
  const struct timespec *least,
  const struct timespec *most,
  const struct timespec *total,
  uint32_t count,
  const char *end
)
{
  const struct timespec mean = average(total, count);

  rtems_printf(
    printer,
    "%" PRId64 ".%06ld/%" PRId64 ".%06ld/%" PRId64 ".%06ld%s",
    (int64_t) least->tv_sec,
    least->tv_nsec / 1000,
    (int64_t) most->tv_sec,
    most->tv_nsec / 1000,
    (int64_t) mean.tv_sec,
    mean.tv_nsec / 1000,
    end
  );
}

static void report_period(const rtems_printer *printer, rtems_id id)
{
  rtems_rate_monotonic_period_statistics s;
  rtems_rate_monotonic_period_status status;
  char name[5];

  if (rtems_rate_monotonic_get_statistics(id, &s) != RTEMS_SUCCESSFUL) {
    return;
  }
  (void) rtems_rate_monotonic_get_status(id, &status);
  name_of(status.owner, name, sizeof(name));
  rtems_printf(printer, "0x%08" PRIx32 " %4s %5" PRId32 " %6" PRId32 " ", id, name, s.count, s.missed_count);
  if (s.count == 0) {
    rtems_printf(printer, "\n");
    return;
  }
  report_times(printer, &s.min_cpu_time, &s.max_cpu_time, &s.total_cpu_time, s.count, " ");
  report_times(printer, &s.min_wall_time, &s.max_wall_time, &s.total_wall_time, s.count, "\n");
}

void rtems_rate_monotonic_report_statistics_with_plugin(const rtems_printer *printer)
{
  rtems_object_api_class_information periods;
  rtems_id id;

  rtems_printf(printer, "Period information by period\n");
  rtems_printf(printer, "--- CPU times are in seconds ---\n");
  rtems_printf(printer, "--- Wall times are in seconds ---\n");
  rtems_printf(
    printer,
    "   ID     OWNER COUNT MISSED          CPU TIME                  WALL TIME\n"
    "                                    MIN/MAX/AVG                MIN/MAX/AVG\n"
  );
  (void) rtems_object_get_class_information(OBJECTS_CLASSIC_API, OBJECTS_RTEMS_PERIODS, &periods);
  for (id = periods.minimum_id; id <= periods.maximum_id; ++id) {
    report_period(printer, id);
  }
}

void rtems_rate_monotonic_report_statistics(void)
{
  rtems_printer printer;

  rtems_print_printer_printk(&printer);
  rtems_rate_monotonic_report_statistics_with_plugin(&printer);
}

int rtems_cpu_info_report(const rtems_printer *printer)
{
  return rtems_printf(printer, "online processors: 1\n processor 0: online\n");
}
