/* RTEMS's test framework: what is told of checks that fail, of fixtures, plans and leaks, and the hash of all of it. */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <rtems.h>
#include <rtems/test.h>

const char rtems_test_name[] = "FRAMEWORK";

static T_time now(void)
{
  return 0; /* the same on every processor */
}

T_TEST_CASE(a_passes)
{
  T_true(true);
  T_false(false, "never told");
  T_eq(1 + 1, 2);
  T_eq_int(3, 3);
  T_step_eq_str(4, "a", "a");
  T_rsc_success(RTEMS_SUCCESSFUL);
  T_quiet_eq_int(1, 1);
}

T_TEST_CASE(b_fails)
{
  int number = 5;
  char text[] = "text";

  T_true(number == 6);
  T_true(number == 6, "number is %d", number);
  T_eq(number, 6);
  T_eq_int(number, 6);
  T_lt_uint(7, 7);
  T_ne_i64(8, 8);
  T_eq_u64(9, 10);
  T_eq_ptr(&number, &text[0]);
  T_null(text);
  T_not_null(NULL);
  T_eq_mem(text, "test", 4);
  T_eq_str(text, "test");
  T_ne_nstr(text, "tent", 2);
  T_eq_char('a', 'b');
  T_rsc(RTEMS_INVALID_ID, RTEMS_SUCCESSFUL);
  T_eno(ENOENT, EINVAL);
  errno = EACCES;
  T_psx_error(-1, EBUSY);
  T_psx_success(-1);
  T_quiet_eq_int(number, 6);
  T_step_eq_int(3, number, number);
  T_assert_eq_int(number, 6);
  T_log(T_QUIET, "not reached");
}

static size_t scope(void *context, char *buffer, size_t size)
{
  (void) context;
  return T_str_copy(buffer, "/scope", size);
}

static void setup(void *context)
{
  T_log(T_NORMAL, "setup %s", (char *) context);
}

static void stop(void *context)
{
  T_log(T_NORMAL, "stop %s", (char *) context);
}

static void teardown(void *context)
{
  T_log(T_NORMAL, "teardown %s", (char *) context);
}

static T_fixture outer = { setup, stop, teardown, scope, "outer" };
static T_fixture inner = { setup, stop, teardown, NULL, "inner" };

T_TEST_CASE_FIXTURE(c_fixtures, &outer)
{
  static T_fixture_node node; /* it outlives the body, which T_stop() leaves */

  T_step(0);
  T_push_fixture(&node, &inner);
  T_plan(2);
  T_true(false, "inside");
  T_pop_fixture();
  T_step(1);
  T_push_fixture(&node, &inner);
  T_plan(1);
  T_assert_true(false, "stopped");
}

static void destroy(T_destructor *destructor)
{
  (void) destructor;
  T_log(T_QUIET, "destroyed");
}

static T_destructor destructor;
static T_remark remark = { .remark = "a remark" };

T_TEST_CASE(d_leaves)
{
  rtems_id id;
  char *memory = T_malloc(16);

  T_plan(1);
  T_assert_not_null(memory);
  memset(memory, 0xFF, 16);
  T_add_destructor(&destructor, destroy);
  T_add_remark(&remark);
  T_quiet_rsc_success(rtems_barrier_create(rtems_build_name('B', 'A', 'R', 'R'), 0, 0, &id));
}

T_TEST_CASE(e_planned)
{
  T_plan(3);
  T_true(true);
}

static volatile unsigned in_the_middle, others;

static void action(void *argument)
{
  volatile unsigned *flag = argument;

  *flag = 1;
  T_busy(20);
  *flag = 2;
}

static T_interrupt_test_state interrupt(void *argument)
{
  volatile unsigned *flag = argument;
  unsigned seen = *flag;

  *flag = 0;
  if (seen == 1) {
    ++in_the_middle;
    return T_INTERRUPT_TEST_DONE;
  }
  ++others;
  return seen == 0 ? T_INTERRUPT_TEST_EARLY : T_INTERRUPT_TEST_LATE;
}

static void prepare(void *argument)
{
  *(volatile unsigned *) argument = 0;
}

T_TEST_CASE(f_interrupted)
{
  static const T_interrupt_test_config config = {
    .prepare = prepare, .action = action, .interrupt = interrupt, .max_iteration_count = 1000
  };
  static volatile unsigned flag;

  T_eq_int(T_interrupt_test(&config, (void *) &flag), T_INTERRUPT_TEST_DONE);
  T_eq_uint(in_the_middle, 1);
  T_gt_uint(others, 0);
  T_eq_int(T_interrupt_test_get_state(), T_INTERRUPT_TEST_INITIAL);
}

rtems_task Init(rtems_task_argument argument)
{
  static const T_action actions[] = { T_report_hash_sha256, T_check_task_context, T_check_rtems_barriers };
  static const T_config config = {
    .name = "framework",
    .putchar = T_putchar_default,
    .verbosity = T_NORMAL,
    .now = now,
    .allocate = malloc,
    .deallocate = free,
    .action_count = T_ARRAY_SIZE(actions),
    .actions = actions
  };

  (void) argument;
  T_register();
  printk("%d\n", T_main(&config));
  exit(0);
}

#define CONFIGURE_APPLICATION_NEEDS_CLOCK_DRIVER
#define CONFIGURE_APPLICATION_NEEDS_CONSOLE_DRIVER
#define CONFIGURE_MAXIMUM_TASKS 4
#define CONFIGURE_MAXIMUM_BARRIERS 1
#define CONFIGURE_RTEMS_INIT_TASKS_TABLE
#define CONFIGURE_INIT
#include <rtems/confdefs.h>
