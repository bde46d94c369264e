/*
 * RTEMS's test framework: cases with checks, fixtures around them, and a runner that reports.
 *
 * The report's lines: A and Z, the begin and the end of a run; S, what it runs on; B and E, the begin and the end of a
 * case; P and F, a check that passed (where the runner is verbose) or failed; L, a log; R, a remark; Y, a hash over the
 * lines before. A failed check is told as F:step:processor:thread and scopes:file:line:message.
 */

#ifndef THE_T_TEST_FRAMEWORK_H
#define THE_T_TEST_FRAMEWORK_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <rtems/counter.h>
#include <rtems/linkersets.h>
#include <rtems/test-info.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum {
  T_QUIET,
  T_NORMAL,
  T_VERBOSE
} T_verbosity;

typedef struct T_fixture {
  void (*setup)(void *);
  void (*stop)(void *);
  void (*teardown)(void *);
  size_t (*scope)(void *, char *, size_t);
  void *initial_context;
} T_fixture;

typedef struct T_fixture_node {
  struct T_fixture_node *next;
  struct T_fixture_node *previous;
  const T_fixture *fixture;
  void *context;
  unsigned int next_planned_steps;
  unsigned int next_steps;
  unsigned int failures;
} T_fixture_node;

typedef struct T_remark {
  struct T_remark *next;
  const char *remark;
} T_remark;

typedef struct T_case_context {
  const char *name;
  void (*body)(void);
  const T_fixture *fixture;
  const struct T_case_context *next;
} T_case_context;

typedef struct {
  const char *file;
  int line;
  unsigned int flags;
} T_check_context;

typedef struct {
  T_check_context base;
  const char *msg;
} T_check_context_msg;

typedef rtems_counter_ticks T_ticks;
typedef uint64_t T_time; /* seconds in the upper word, their binary fraction in the lower one */
typedef char T_time_string[24];

typedef enum {
  T_EVENT_RUN_INITIALIZE_EARLY,
  T_EVENT_RUN_INITIALIZE_LATE,
  T_EVENT_CASE_EARLY,
  T_EVENT_CASE_BEGIN,
  T_EVENT_CASE_END,
  T_EVENT_CASE_LATE,
  T_EVENT_CASE_STOP,
  T_EVENT_RUN_FINALIZE_EARLY,
  T_EVENT_RUN_FINALIZE_LATE
} T_event;

typedef void (*T_action)(T_event, const char *);
typedef void (*T_putchar)(int, void *);

typedef struct {
  const char *name;
  char *buf;
  size_t buf_size;
  T_putchar putchar;
  void *putchar_arg;
  T_verbosity verbosity;
  T_time (*now)(void);
  void *(*allocate)(size_t);
  void (*deallocate)(void *);
  size_t action_count;
  const T_action *actions;
} T_config;

typedef struct T_destructor {
  struct {
    struct T_destructor *le_next;
    struct T_destructor **le_prev;
  } node;
  void (*destroy)(struct T_destructor *);
} T_destructor;

#define T_ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))
#define T_FILE_NAME __FILE__
#ifdef __cplusplus
#define T_ZERO_LENGTH_ARRAY 1
#else
#define T_ZERO_LENGTH_ARRAY
#endif
#define T_NO_RETURN RTEMS_NO_RETURN

/* Checks */

#define T_CHECK_STOP 1U
#define T_CHECK_QUIET 2U
#define T_CHECK_FMT 4U
#define T_CHECK_STEP_FLAG 8U
#define T_CHECK_STEP_TO_FLAGS(step) ((unsigned int) (step) << 8)
#define T_CHECK_STEP_FROM_FLAGS(flags) ((flags) >> 8)
#define T_CHECK_STEP(step) (T_CHECK_STEP_TO_FLAGS(step) | T_CHECK_STEP_FLAG)

extern const T_check_context T_special;

void T_check(const T_check_context *, bool, ...);
void T_check_eq_ptr(const T_check_context_msg *, uintptr_t, uintptr_t);
void T_check_ne_ptr(const T_check_context_msg *, uintptr_t, uintptr_t);
void T_check_null(const T_check_context_msg *, uintptr_t);
void T_check_not_null(const T_check_context_msg *, uintptr_t);
void T_check_eq_mem(const T_check_context_msg *, const void *, const void *, size_t);
void T_check_ne_mem(const T_check_context_msg *, const void *, const void *, size_t);
void T_check_eq_str(const T_check_context *, const char *, const char *);
void T_check_ne_str(const T_check_context *, const char *, const char *);
void T_check_eq_nstr(const T_check_context *, const char *, const char *, size_t);
void T_check_ne_nstr(const T_check_context *, const char *, const char *, size_t);
void T_check_eq_char(const T_check_context *, char, char);
void T_check_ne_char(const T_check_context *, char, char);
void T_check_eno(const T_check_context *, int, int);
void T_check_eno_success(const T_check_context *, int);
void T_check_psx_error(const T_check_context *, int, int);
void T_check_psx_success(const T_check_context *, int);
void T_check_rsc(const T_check_context *, uint32_t, uint32_t);
void T_check_rsc_success(const T_check_context *, uint32_t);
void T_check_step(const T_check_context *, unsigned int);

#define _T_CHECK(function, flags, ...) \
  do { \
    static const T_check_context T_check_instance = { T_FILE_NAME, __LINE__, (flags) | T_CHECK_FMT }; \
    function(&T_check_instance, __VA_ARGS__); \
  } while (0)
#define _T_TELL(function, flags, message, ...) \
  do { \
    static const T_check_context_msg T_check_instance = { \
      { T_FILE_NAME, __LINE__, (flags) | T_CHECK_FMT }, message \
    }; \
    function(&T_check_instance, __VA_ARGS__); \
  } while (0)
/* The message is the program's, and there may be none. */
#define _T_SAY(flags, condition, ...) \
  do { \
    static const T_check_context T_check_instance = { \
      T_FILE_NAME, __LINE__, (flags) | (sizeof(#__VA_ARGS__) > 1 ? T_CHECK_FMT : 0) \
    }; \
    T_check(&T_check_instance, condition, ##__VA_ARGS__); \
  } while (0)

#include <rtems_shim/test_checks.h>

#define T_step(expected) _T_CHECK(T_check_step, 0, expected)
#define T_assert_step(expected) _T_CHECK(T_check_step, T_CHECK_STOP, expected)
#define T_unreachable() \
  do { \
    static const T_check_context T_check_instance = { T_FILE_NAME, __LINE__, T_CHECK_QUIET | T_CHECK_FMT }; \
    T_check(&T_check_instance, false, "Unreachable"); \
    T_stop(); \
  } while (0)

void T_plan(unsigned int);
void T_push_plan(T_fixture_node *, unsigned int);
void T_pop_plan(void);

/* Cases and fixtures */

#define T_TEST_CASE_FIXTURE(name, fixture) \
  void T_case_body_##name(void); \
  T_case_context T_case_instance_##name = { #name, T_case_body_##name, fixture, NULL }; \
  static T_case_context *const T_case_item_##name \
    __attribute__((__section__(".rtemsroset._T.content.0." #name), __used__)) = &T_case_instance_##name; \
  void T_case_body_##name(void)
#define T_TEST_CASE(name) T_TEST_CASE_FIXTURE(name, NULL)

extern const T_fixture T_empty_fixture;

void *T_fixture_context(void);
void T_set_fixture_context(void *);
void *T_push_fixture(T_fixture_node *, const T_fixture *);
void T_pop_fixture(void);
size_t T_get_scope(const char *const *const *, char *, size_t, const size_t *);
void T_add_remark(T_remark *);
void T_add_destructor(T_destructor *, void (*)(T_destructor *));
void T_remove_destructor(T_destructor *);
void *T_malloc(size_t);
void *T_calloc(size_t, size_t);
void *T_zalloc(size_t, void (*)(void *));
void T_free(void *);
const char *T_case_name(void);
T_time T_case_begin_time(void);
T_NO_RETURN void T_stop(void);

/* The runner */

void T_case_register(T_case_context *);
void T_register(void);
int T_main(const T_config *);
void T_make_runner(void);
bool T_is_runner(void);
void T_run_initialize(const T_config *);
void T_run_all(void);
void T_run_by_name(const char *);
bool T_run_finalize(void);
void *T_case_begin(const char *, const T_fixture *);
void T_case_end(void);

/* Output */

int T_printf(char const *, ...) RTEMS_PRINTFLIKE(1, 2);
int T_vprintf(char const *, va_list);
int T_puts(const char *, size_t);
int T_snprintf(char *, size_t, const char *, ...) RTEMS_PRINTFLIKE(3, 4);
size_t T_str_copy(char *, const char *, size_t);
void T_log(T_verbosity, char const *, ...) RTEMS_PRINTFLIKE(2, 3);
T_verbosity T_set_verbosity(T_verbosity);
void T_putchar_default(int, void *);
void T_set_putchar(T_putchar, void *, T_putchar *, void **);
const char *T_strerror(int);

/* Time */

T_time T_now(void);
T_time T_now_clock(void);
T_time T_now_dummy(void);
T_time T_now_tick(void);
T_ticks T_tick(void);
T_time T_ticks_to_time(T_ticks);
T_ticks T_time_to_ticks(T_time);
T_time T_seconds_and_nanoseconds_to_time(uint32_t, uint32_t);
void T_time_to_seconds_and_nanoseconds(T_time, uint32_t *, uint32_t *);
const char *T_time_to_string_ns(T_time, T_time_string);
const char *T_time_to_string_us(T_time, T_time_string);
const char *T_time_to_string_ms(T_time, T_time_string);
const char *T_time_to_string_s(T_time, T_time_string);
const char *T_ticks_to_string_ns(T_ticks, T_time_string);
const char *T_ticks_to_string_us(T_ticks, T_time_string);
const char *T_ticks_to_string_ms(T_ticks, T_time_string);
const char *T_ticks_to_string_s(T_ticks, T_time_string);
void T_busy(uint_fast32_t);
uint_fast32_t T_get_one_clock_tick_busy(void);

/* Interrupt tests: the clock's interrupt comes at another place of the action each time. */

typedef enum {
  T_INTERRUPT_TEST_INITIAL,
  T_INTERRUPT_TEST_ACTION,
  T_INTERRUPT_TEST_BLOCKED,
  T_INTERRUPT_TEST_CONTINUE,
  T_INTERRUPT_TEST_DONE,
  T_INTERRUPT_TEST_EARLY,
  T_INTERRUPT_TEST_INTERRUPT,
  T_INTERRUPT_TEST_LATE,
  T_INTERRUPT_TEST_TIMEOUT
} T_interrupt_test_state;

typedef struct {
  void (*prepare)(void *);
  void (*action)(void *);
  T_interrupt_test_state (*interrupt)(void *);
  void (*blocked)(void *);
  uint32_t max_iteration_count;
} T_interrupt_test_config;

T_interrupt_test_state T_interrupt_test(const T_interrupt_test_config *, void *);
T_interrupt_test_state T_interrupt_test_change_state(T_interrupt_test_state, T_interrupt_test_state);
T_interrupt_test_state T_interrupt_test_get_state(void);
void T_interrupt_test_busy_wait_for_interrupt(void);

/* Records of thread switches */

typedef struct {
  uint32_t executing;
  uint32_t heir;
  uint32_t cpu;
  T_time instant;
} T_thread_switch_event;

typedef struct {
  size_t recorded;
  size_t capacity;
  uint64_t switches;
} T_thread_switch_header;

typedef struct {
  T_thread_switch_header header;
  T_thread_switch_event events[T_ZERO_LENGTH_ARRAY];
} T_thread_switch_log;

#define _T_THREAD_SWITCH_LOG(number) \
  typedef struct { \
    T_thread_switch_header header; \
    T_thread_switch_event events[number]; \
  } T_thread_switch_log_##number; \
  T_thread_switch_log *T_thread_switch_record_##number(T_thread_switch_log_##number *)

T_thread_switch_log *T_thread_switch_record(T_thread_switch_log *);
_T_THREAD_SWITCH_LOG(2);
_T_THREAD_SWITCH_LOG(4);
_T_THREAD_SWITCH_LOG(10);

/* Actions of a runner: what must be after each case as it was before the first. */

void T_report_hash_sha256(T_event, const char *);
void T_report_hash_sha256_update(char);
void T_check_heap(T_event, const char *);
void T_check_task_context(T_event, const char *);
void T_check_file_descriptors(T_event, const char *);
void T_check_rtems_barriers(T_event, const char *);
void T_check_rtems_extensions(T_event, const char *);
void T_check_rtems_message_queues(T_event, const char *);
void T_check_rtems_partitions(T_event, const char *);
void T_check_rtems_periods(T_event, const char *);
void T_check_rtems_regions(T_event, const char *);
void T_check_rtems_semaphores(T_event, const char *);
void T_check_rtems_tasks(T_event, const char *);
void T_check_rtems_timers(T_event, const char *);
void T_check_posix_keys(T_event, const char *);
void T_check_posix_message_queues(T_event, const char *);
void T_check_posix_semaphores(T_event, const char *);
void T_check_posix_threads(T_event, const char *);
void T_check_posix_timers(T_event, const char *);

#ifdef __cplusplus
}
#endif

#endif
