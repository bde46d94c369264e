/* The runner of RTEMS's test framework: cases, fixtures around them, plans, what a case leaves to be destroyed. */

#include <string.h>

#include <rtems.h>
#include <rtems/version.h>

#include "internal.h"
#include "test_run.h"

RTEMS_LINKER_ROSET(_T, T_case_context *);

const T_fixture T_empty_fixture;

struct rtems_shim_test rtems_shim_test = { .putchar = T_putchar_default };

static void forward(T_event event, const char *name)
{
  const T_config *config = rtems_shim_test.config;
  size_t index;

  for (index = 0; index < config->action_count; ++index) {
    config->actions[index](event, name);
  }
}

static void backward(T_event event, const char *name)
{
  const T_config *config = rtems_shim_test.config;
  size_t index;

  for (index = config->action_count; index-- > 0;) {
    config->actions[index](event, name);
  }
}

void T_case_register(T_case_context *test_case)
{
  test_case->next = rtems_shim_test.registered;
  rtems_shim_test.registered = test_case;
}

void T_register(void)
{
  T_case_context *const *item;

  RTEMS_LINKER_SET_FOREACH(_T, item)
  {
    T_case_register(*item);
  }
}

const char *T_case_name(void)
{
  return rtems_shim_test.current != NULL ? rtems_shim_test.current->name : "?";
}

T_time T_case_begin_time(void)
{
  return rtems_shim_test.case_begin;
}

void T_make_runner(void)
{
  rtems_shim_test.runner = rtems_task_self();
}

bool T_is_runner(void)
{
  return !rtems_interrupt_is_in_progress() && rtems_shim_test.runner == rtems_task_self();
}

/* Plans */

void T_plan(unsigned int steps)
{
  unsigned before = rtems_shim_test.planned;

  if (before == RTEMS_SHIM_TEST_NO_PLAN) {
    rtems_shim_test.planned = steps;
  }
  T_check(&T_special, before == RTEMS_SHIM_TEST_NO_PLAN, "planned steps (%u) already set", before);
}

static void check_plan(unsigned planned, unsigned steps, unsigned failures)
{
  if (planned != RTEMS_SHIM_TEST_NO_PLAN && planned != steps && failures == 0) {
    T_check(&T_special, false, "actual steps (%u), planned steps (%u)", steps, planned);
  }
}

void T_push_plan(T_fixture_node *node, unsigned int steps)
{
  T_push_fixture(node, &T_empty_fixture);
  T_plan(steps);
}

void T_pop_plan(void)
{
  T_pop_fixture();
}

/* Fixtures */

void *T_fixture_context(void)
{
  return rtems_shim_test.fixtures->context;
}

void T_set_fixture_context(void *context)
{
  rtems_shim_test.fixtures->context = context;
}

void *T_push_fixture(T_fixture_node *node, const T_fixture *fixture)
{
  struct rtems_shim_test *test = &rtems_shim_test;

  *node = (T_fixture_node) {
    .next = test->fixtures,
    .fixture = fixture,
    .context = fixture->initial_context,
    .next_planned_steps = test->planned,
    .next_steps = test->steps,
    .failures = test->failures
  };
  test->fixtures->previous = node;
  test->fixtures = node;
  test->planned = RTEMS_SHIM_TEST_NO_PLAN;
  test->steps = 0;
  if (fixture->setup != NULL) {
    fixture->setup(node->context);
  }
  return fixture->initial_context;
}

void T_pop_fixture(void)
{
  struct rtems_shim_test *test = &rtems_shim_test;
  T_fixture_node *node = test->fixtures;

  test->fixtures = node->next;
  if (node->fixture != NULL && node->fixture->teardown != NULL) {
    node->fixture->teardown(node->context);
  }
  if (node->next != NULL) {
    unsigned planned = test->planned, steps = test->steps;

    node->next->previous = NULL;
    test->planned = node->next_planned_steps;
    test->steps = node->next_steps;
    test->fixture_steps += steps;
    check_plan(planned, steps, test->failures - node->failures);
  }
  memset(node, 0, sizeof(*node));
}

/* Writes "/" and one of each list's words; ``which`` says the one of each. */
size_t T_get_scope(const char *const *const *lists, char *buffer, size_t size, const size_t *which)
{
  size_t used = 0, index;

  for (index = 0; lists[index] != NULL && size - used > 1; ++index) {
    buffer[used++] = '/';
    used += T_str_copy(&buffer[used], lists[index][which[index]], size - used);
  }
  return used;
}

/* What a case leaves to be destroyed */

void T_add_destructor(T_destructor *destructor, void (*destroy)(T_destructor *))
{
  T_destructor **first = &rtems_shim_test.destructors;

  destructor->destroy = destroy;
  destructor->node.le_next = *first;
  destructor->node.le_prev = first;
  if (*first != NULL) {
    (*first)->node.le_prev = &destructor->node.le_next;
  }
  *first = destructor;
}

void T_remove_destructor(T_destructor *destructor)
{
  *destructor->node.le_prev = destructor->node.le_next;
  if (destructor->node.le_next != NULL) {
    destructor->node.le_next->node.le_prev = destructor->node.le_prev;
  }
}

static void call_destructors(void)
{
  T_destructor *destructor = rtems_shim_test.destructors;

  while (destructor != NULL) {
    T_destructor *next = destructor->node.le_next;

    destructor->destroy(destructor);
    destructor = next;
  }
  rtems_shim_test.destructors = NULL;
}

struct memory {
  T_destructor destructor;
  void (*destroy)(void *);
  uint64_t data[];
};

static void free_memory(T_destructor *destructor)
{
  struct memory *memory = (struct memory *) destructor;

  if (memory->destroy != NULL) {
    memory->destroy(memory->data);
  }
  rtems_shim_test.config->deallocate(memory);
}

static void *allocate(size_t size, void (*destroy)(void *))
{
  struct memory *memory = NULL;

  if (size <= SIZE_MAX - sizeof(*memory)) {
    memory = rtems_shim_test.config->allocate(sizeof(*memory) + size);
  }
  if (memory == NULL) {
    return NULL;
  }
  memory->destroy = destroy;
  T_add_destructor(&memory->destructor, free_memory);
  return memset(memory->data, 0, size);
}

void *T_malloc(size_t size)
{
  return allocate(size, NULL);
}

void *T_calloc(size_t count, size_t size)
{
  return size != 0 && count > SIZE_MAX / size ? NULL : allocate(count * size, NULL);
}

void *T_zalloc(size_t size, void (*destroy)(void *))
{
  return allocate(size, destroy);
}

void T_free(void *block)
{
  if (block != NULL) {
    struct memory *memory = RTEMS_CONTAINER_OF(block, struct memory, data);

    T_remove_destructor(&memory->destructor);
    free_memory(&memory->destructor);
  }
}

void T_add_remark(T_remark *remark)
{
  if (remark->next == NULL && rtems_shim_test.last_remark != &remark->next) {
    *rtems_shim_test.last_remark = remark;
    rtems_shim_test.last_remark = &remark->next;
  }
}

static void make_remarks(void)
{
  T_remark *remark = rtems_shim_test.remarks;

  while (remark != NULL) {
    T_remark *next = remark->next;

    remark->next = NULL;
    T_printf("R:%s\n", remark->remark);
    remark = next;
  }
}

/* A run */

void T_stop(void)
{
  T_fixture_node *node;

  for (node = rtems_shim_test.fixtures; node != NULL; node = node->next) {
    if (node->fixture != NULL && node->fixture->stop != NULL) {
      node->fixture->stop(node->context);
    }
  }
  if (T_is_runner() && rtems_shim_test.can_stop) {
    longjmp(rtems_shim_test.stop, 1);
  }
  backward(T_EVENT_CASE_STOP, T_case_name());
  rtems_task_exit(); /* an action should have stopped the thread */
}

static void say_system(void)
{
  T_printf("S:Platform:RTEMS\nS:Compiler:" __VERSION__ "\n");
  T_printf("S:Version:%s\nS:BSP:%s\n", rtems_version(), rtems_board_support_package());
  T_printf("S:BuildLabel:%s\nS:TargetHash:SHA256:%s\n", rtems_get_build_label(), rtems_get_target_hash());
  T_printf("S:RTEMS_DEBUG:0\nS:RTEMS_MULTIPROCESSING:0\nS:RTEMS_POSIX_API:1\nS:RTEMS_PROFILING:0\nS:RTEMS_SMP:0\n");
}

void T_run_initialize(const T_config *config)
{
  struct rtems_shim_test *test = &rtems_shim_test;

  test->config = config;
  test->putchar = config->putchar;
  test->putchar_arg = config->putchar_arg;
  test->verbosity = config->verbosity;
  test->fixtures = &test->case_fixture;
  test->last_remark = &test->remarks;
  test->all_cases = test->all_steps = test->all_failures = 0;
  T_make_runner();
  forward(T_EVENT_RUN_INITIALIZE_EARLY, config->name);
  T_printf("A:%s\n", config->name);
  say_system();
  test->run_begin = T_now();
  forward(T_EVENT_RUN_INITIALIZE_LATE, config->name);
}

static void begin_case(const T_case_context *test_case)
{
  struct rtems_shim_test *test = &rtems_shim_test;
  const T_fixture *fixture = test_case->fixture;

  test->verbosity = test->config->verbosity;
  test->current = test_case;
  test->fixtures = &test->case_fixture;
  test->destructors = NULL;
  test->remarks = NULL;
  test->last_remark = &test->remarks;
  test->planned = RTEMS_SHIM_TEST_NO_PLAN;
  test->steps = test->failures = test->fixture_steps = 0;
  forward(T_EVENT_CASE_EARLY, test_case->name);
  if (test->verbosity >= T_NORMAL) {
    T_printf("B:%s\n", test_case->name);
  }
  test->case_begin = T_now();
  forward(T_EVENT_CASE_BEGIN, test_case->name);
  if (fixture != NULL) {
    test->case_fixture.fixture = fixture;
    test->case_fixture.context = fixture->initial_context;
    if (fixture->setup != NULL) {
      fixture->setup(test->case_fixture.context);
    }
  }
}

static void end_case(const T_case_context *test_case)
{
  struct rtems_shim_test *test = &rtems_shim_test;
  T_time_string time;
  unsigned steps;

  while (test->fixtures != NULL) {
    T_pop_fixture();
  }
  call_destructors();
  backward(T_EVENT_CASE_END, test_case->name);
  make_remarks();
  steps = test->steps;
  check_plan(test->planned, steps, test->failures);
  steps += test->fixture_steps;
  T_printf("E:%s:N:%u:F:%u", test_case->name, steps, test->failures);
  T_printf(":D:%s\n", T_time_to_string_us(T_now() - test->case_begin, time));
  ++test->all_cases;
  test->all_steps += steps;
  test->all_failures += test->failures;
  backward(T_EVENT_CASE_LATE, test_case->name);
}

static void run_case(const T_case_context *test_case)
{
  if (setjmp(rtems_shim_test.stop) == 0) {
    rtems_shim_test.can_stop = true;
    begin_case(test_case);
    test_case->body();
  }
  rtems_shim_test.can_stop = false;
  end_case(test_case);
}

void T_run_all(void)
{
  const T_case_context *test_case;

  for (test_case = rtems_shim_test.registered; test_case != NULL; test_case = test_case->next) {
    run_case(test_case);
  }
}

void T_run_by_name(const char *name)
{
  const T_case_context *test_case;

  for (test_case = rtems_shim_test.registered; test_case != NULL; test_case = test_case->next) {
    if (strcmp(test_case->name, name) == 0) {
      run_case(test_case);
      return;
    }
  }
}

static T_case_context own_case;

void *T_case_begin(const char *name, const T_fixture *fixture)
{
  own_case.name = name;
  own_case.fixture = fixture;
  begin_case(&own_case);
  return rtems_shim_test.case_fixture.context;
}

void T_case_end(void)
{
  end_case(&own_case);
}

bool T_run_finalize(void)
{
  struct rtems_shim_test *test = &rtems_shim_test;
  const char *name = test->config->name;
  T_time_string time;

  backward(T_EVENT_RUN_FINALIZE_EARLY, name);
  T_printf("Z:%s:C:%u:N:%u:F:%u", name, test->all_cases, test->all_steps, test->all_failures);
  T_printf(":D:%s\n", T_time_to_string_us(T_now() - test->run_begin, time));
  backward(T_EVENT_RUN_FINALIZE_LATE, name);
  test->runner = 0;
  return test->all_failures == 0;
}

int T_main(const T_config *config)
{
  T_run_initialize(config);
  T_run_all();
  return T_run_finalize() ? 0 : 1;
}
