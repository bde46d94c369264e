/* Interrupt tests of RTEMS's test framework, and records of thread switches. */

#include <rtems.h>
#include <rtems/score/thread.h>

#include "internal.h"
#include "test_run.h"

/* Busy waiting */

__attribute__((__noinline__)) void T_busy(uint_fast32_t count)
{
  uint_fast32_t done = 0;

  do {
    __asm__ volatile("");
    ++done;
  } while (done < count);
}

static rtems_interval next_tick(void)
{
  rtems_interval begun = rtems_clock_get_ticks_since_boot(), now;

  do {
    now = rtems_clock_get_ticks_since_boot();
  } while (now == begun);
  return now;
}

/* The smallest count that T_busy() takes a whole tick for. */
uint_fast32_t T_get_one_clock_tick_busy(void)
{
  uint_fast32_t low = 0, high = 1;

  for (;;) {
    rtems_interval begun = next_tick();

    T_busy(high);
    if (rtems_clock_get_ticks_since_boot() != begun) {
      break;
    }
    low = high;
    high *= 2;
  }
  while (high - low > 1) {
    uint_fast32_t middle = low + (high - low) / 2;
    rtems_interval begun = next_tick();

    T_busy(middle);
    if (rtems_clock_get_ticks_since_boot() != begun) {
      high = middle;
    } else {
      low = middle;
    }
  }
  return high;
}

/* Interrupt tests */

#define SAMPLES 8

static struct {
  const T_interrupt_test_config *config;
  void *argument;
  volatile T_interrupt_test_state state;
  struct rtems_shim_thread_control *self;
  uint_fast32_t tick_busy;
  T_fixture_node fixture;
  struct rtems_shim_switch_watcher watcher;
} test;

T_interrupt_test_state T_interrupt_test_change_state(
  T_interrupt_test_state expected,
  T_interrupt_test_state desired
)
{
  rtems_interrupt_level level;
  T_interrupt_test_state before;

  rtems_interrupt_disable(level);
  before = test.state;
  if (before == expected) {
    test.state = desired;
  }
  rtems_interrupt_enable(level);
  return before;
}

T_interrupt_test_state T_interrupt_test_get_state(void)
{
  return test.state;
}

void T_interrupt_test_busy_wait_for_interrupt(void)
{
  while (test.state == T_INTERRUPT_TEST_ACTION) {
  }
}

static void tick(void)
{
  T_interrupt_test_state state = test.config->interrupt(test.argument);

  T_interrupt_test_change_state(T_INTERRUPT_TEST_ACTION, state);
}

static void switched(struct rtems_shim_thread_control *outgoing, struct rtems_shim_thread_control *heir)
{
  (void) heir;
  if (outgoing == test.self && test.state != T_INTERRUPT_TEST_INITIAL && test.config->blocked != NULL) {
    test.config->blocked(test.argument);
  }
}

static void end(void *context)
{
  (void) context;
  rtems_shim_tick_watcher = NULL;
  rtems_shim_switch_unwatch(&test.watcher);
  test.config = NULL;
}

static const T_fixture fixture = { .teardown = end };

static void begin(const T_interrupt_test_config *config, void *argument)
{
  T_quiet_assert_not_null(config->action);
  T_quiet_assert_not_null(config->interrupt);
  if (test.tick_busy == 0) {
    test.tick_busy = T_get_one_clock_tick_busy();
  }
  test.config = config;
  test.argument = argument;
  test.self = rtems_shim_executing();
  test.state = T_INTERRUPT_TEST_INITIAL;
  test.watcher.switched = switched;
  rtems_shim_switch_watch(&test.watcher);
  T_push_fixture(&test.fixture, &fixture);
  rtems_shim_tick_watcher = tick;
}

/*
 * How long to be busy before the action: between counts after which the interrupt came late and counts after which it
 * came early. An average over several of them, whose ends give way a little, does not settle on a wrong place.
 */
struct bounds {
  uint_fast32_t low[SAMPLES], high[SAMPLES];
  size_t next;
};

static uint_fast32_t between(const struct bounds *bounds)
{
  uint_fast32_t sum = 0;
  size_t index;

  for (index = 0; index < SAMPLES; ++index) {
    sum += bounds->low[index] + bounds->high[index];
  }
  return sum / (2 * SAMPLES);
}

static void adjust(struct bounds *bounds, uint_fast32_t busy, T_interrupt_test_state state)
{
  size_t index = bounds->next;

  if (state == T_INTERRUPT_TEST_EARLY) {
    bounds->high[index] = busy;
    bounds->low[index] -= bounds->low[index] / 32;
  } else if (state == T_INTERRUPT_TEST_LATE || state == T_INTERRUPT_TEST_ACTION) {
    bounds->low[index] = busy; /* still in the state of the action: the interrupt is yet to come */
    bounds->high[index] += (bounds->high[index] + 31) / 32;
  } else {
    return;
  }
  bounds->next = (index + 1) % SAMPLES;
}

/* The action begins when a quarter of a tick and what ``busy`` takes have passed since the last interrupt. */
static T_interrupt_test_state act(uint_fast32_t busy)
{
  uint64_t quarter = rtems_configuration_get_nanoseconds_per_tick() / 4, begun;
  T_interrupt_test_state state;

  next_tick();
  begun = rtems_clock_get_uptime_nanoseconds();
  while (rtems_clock_get_uptime_nanoseconds() - begun < quarter) {
  }
  test.state = T_INTERRUPT_TEST_ACTION;
  T_busy(busy);
  test.config->action(test.argument);
  state = test.state;
  test.state = T_INTERRUPT_TEST_INITIAL;
  return state;
}

T_interrupt_test_state T_interrupt_test(const T_interrupt_test_config *config, void *argument)
{
  T_interrupt_test_state state = T_INTERRUPT_TEST_INITIAL;
  struct bounds bounds = { .next = 0 };
  uint32_t iteration;
  size_t index;

  begin(config, argument);
  for (index = 0; index < SAMPLES; ++index) {
    bounds.high[index] = test.tick_busy;
  }
  for (iteration = 0; iteration < config->max_iteration_count && state != T_INTERRUPT_TEST_DONE; ++iteration) {
    uint_fast32_t busy = between(&bounds);

    if (config->prepare != NULL) {
      config->prepare(argument);
    }
    state = act(busy);
    adjust(&bounds, busy, state);
  }
  T_pop_fixture();
  return state == T_INTERRUPT_TEST_DONE ? T_INTERRUPT_TEST_DONE : T_INTERRUPT_TEST_TIMEOUT;
}

/* Records of thread switches */

static struct {
  T_thread_switch_log *log;
  bool watching;
  struct rtems_shim_switch_watcher watcher;
  T_destructor destructor;
} record;

static void note(struct rtems_shim_thread_control *outgoing, struct rtems_shim_thread_control *heir)
{
  T_thread_switch_log *log = record.log;

  if (log == NULL) {
    return;
  }
  ++log->header.switches;
  if (log->header.recorded < log->header.capacity) {
    log->events[log->header.recorded++] =
      (T_thread_switch_event) { .executing = outgoing->id, .heir = heir->id, .cpu = 0, .instant = T_now() };
  }
}

static void end_record(T_destructor *destructor)
{
  (void) destructor;
  rtems_shim_switch_unwatch(&record.watcher);
  record.watching = false;
}

T_thread_switch_log *T_thread_switch_record(T_thread_switch_log *log)
{
  T_thread_switch_log *before = record.log;

  if (!record.watching) {
    record.watching = true;
    record.watcher.switched = note;
    rtems_shim_switch_watch(&record.watcher);
    T_add_destructor(&record.destructor, end_record);
  }
  if (log != NULL) {
    log->header.recorded = 0;
    log->header.switches = 0;
  }
  record.log = log;
  return before;
}

#define RECORD(number) \
  T_thread_switch_log *T_thread_switch_record_##number(T_thread_switch_log_##number *log) \
  { \
    log->header.capacity = number; \
    return T_thread_switch_record((T_thread_switch_log *) log); \
  }

RECORD(2)
RECORD(4)
RECORD(10)
