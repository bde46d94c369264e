/* What RTEMS's tests say at their beginning and end. */

#ifndef _RTEMS_TEST_INFO_H
#define _RTEMS_TEST_INFO_H

#include <rtems.h>
#include <rtems/bspIo.h>
#include <rtems/printer.h>
#include <rtems/score/atomic.h>
#include <rtems/test-printer.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum {
  RTEMS_TEST_STATE_PASS,
  RTEMS_TEST_STATE_FAIL,
  RTEMS_TEST_STATE_USER_INPUT,
  RTEMS_TEST_STATE_INDETERMINATE,
  RTEMS_TEST_STATE_BENCHMARK
} RTEMS_TEST_STATE;

#ifndef TEST_STATE
#define TEST_STATE RTEMS_TEST_STATE_PASS
#endif

/* Every test defines its own name. */
extern const char rtems_test_name[];

#define RTEMS_TEST_INITIAL_EXTENSION { .fatal = rtems_test_fatal_extension }
#define TEST_BEGIN() rtems_test_begin(rtems_test_name, TEST_STATE)
#define TEST_END() rtems_test_end(rtems_test_name)

void rtems_test_begin(const char *, RTEMS_TEST_STATE);
void rtems_test_end(const char *);
void rtems_test_exit(int) RTEMS_NO_RETURN;
void rtems_test_fatal_extension(rtems_fatal_source, bool, rtems_fatal_code);

/* Runs the cases of <rtems/test.h> between a begin and an end, and ends the program. */
void rtems_test_run(rtems_task_argument, RTEMS_TEST_STATE) RTEMS_NO_RETURN;

/*
 * Jobs for a worker on each processor, of which there is one: the caller is the worker. A body that runs for a time
 * asks rtems_test_parallel_stop_job() when as many ticks have passed as its init() returned.
 */
typedef struct rtems_test_parallel_job rtems_test_parallel_job;

typedef struct {
  Atomic_Ulong stop;
  size_t worker_count;
  rtems_id worker_ids[1];
  rtems_id stop_worker_timer_id;
  const rtems_test_parallel_job *jobs;
  size_t job_count;
} rtems_test_parallel_context;

struct rtems_test_parallel_job {
  rtems_interval (*init)(rtems_test_parallel_context *, void *arg, size_t active_workers);
  void (*body)(rtems_test_parallel_context *, void *arg, size_t active_workers, size_t worker_index);
  void (*fini)(rtems_test_parallel_context *, void *arg, size_t active_workers);
  void *arg;
  bool cascade; /* first on one processor, then on two, and so on */
};

/* Called for each worker but the first. */
typedef void (*rtems_test_parallel_worker_setup)(rtems_test_parallel_context *, size_t worker_index, rtems_id worker);

void rtems_test_parallel(
  rtems_test_parallel_context *, rtems_test_parallel_worker_setup, const rtems_test_parallel_job *, size_t job_count
);

static inline bool rtems_test_parallel_stop_job(const rtems_test_parallel_context *context)
{
  return _Atomic_Load_ulong(&context->stop, ATOMIC_ORDER_RELAXED) != 0;
}

static inline bool rtems_test_parallel_is_master_worker(size_t worker_index)
{
  return worker_index == 0;
}

static inline rtems_id rtems_test_parallel_get_task_id(const rtems_test_parallel_context *context, size_t worker_index)
{
  return context->worker_ids[worker_index];
}

#ifdef __cplusplus
}
#endif

#endif
