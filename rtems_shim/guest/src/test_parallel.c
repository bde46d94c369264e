/* rtems_test_parallel(): each job once, on the one processor there is. */

#include <rtems/test-info.h>

static void stop(rtems_id timer, void *argument)
{
  rtems_test_parallel_context *context = argument;

  (void) timer;
  _Atomic_Store_ulong(&context->stop, 1, ATOMIC_ORDER_RELAXED);
}

static void check(rtems_status_code status)
{
  if (status != RTEMS_SUCCESSFUL) {
    rtems_fatal_error_occurred(0xDEADBEEF);
  }
}

void rtems_test_parallel(
  rtems_test_parallel_context *context,
  rtems_test_parallel_worker_setup setup,
  const rtems_test_parallel_job *jobs,
  size_t job_count
)
{
  size_t index;

  (void) setup;
  _Atomic_Init_ulong(&context->stop, 0);
  context->worker_count = 1;
  context->worker_ids[0] = rtems_task_self();
  context->jobs = jobs;
  context->job_count = job_count;
  check(rtems_timer_create(rtems_build_name('S', 'T', 'O', 'P'), &context->stop_worker_timer_id));
  for (index = 0; index < job_count; ++index) {
    const rtems_test_parallel_job *job = &jobs[index];
    rtems_interval ticks = (*job->init)(context, job->arg, 1);

    if (ticks > 0) {
      _Atomic_Store_ulong(&context->stop, 0, ATOMIC_ORDER_RELEASE);
      check(rtems_timer_fire_after(context->stop_worker_timer_id, ticks, stop, context));
    }
    (*job->body)(context, job->arg, 1, 0);
    (*job->fini)(context, job->arg, 1);
  }
  check(rtems_timer_delete(context->stop_worker_timer_id));
}
