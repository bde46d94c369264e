/* The machine's start, the clock tick, and the life of a thread. */

#include <pthread.h>
#include <string.h>

#include <rtems.h>
#include <rtems/sysinit.h>

#include "internal.h"

typedef volatile uint32_t reg32;

#define CCR (*(reg32 *) 0xE000ED14)
#define SHPR1 (*(reg32 *) 0xE000ED18)
#define SHPR2 (*(reg32 *) 0xE000ED1C)
#define SHPR3 (*(reg32 *) 0xE000ED20)
#define SHCSR (*(reg32 *) 0xE000ED24)
#define SYST_CSR (*(reg32 *) 0xE000E010)
#define SYST_RVR (*(reg32 *) 0xE000E014)
#define SYST_CVR (*(reg32 *) 0xE000E018)

#define SHCSR_FAULTS_ENABLED (7UL << 16)
#define CCR_STKALIGN (1UL << 9)
#define SYST_CSR_ENABLE 1UL
#define SYST_CSR_TICKINT 2UL
#define SYST_CSR_CLKSOURCE_PROCESSOR 4UL

typedef void constructor(void);

extern constructor *const rtems_shim_constructors_begin[];
extern constructor *const rtems_shim_constructors_end[];

extern char rtems_shim_tls_area_size[];
extern char rtems_shim_tdata_begin[], rtems_shim_tls_data_size[], rtems_shim_tls_size[], rtems_shim_tls_alignment[];


void rtems_shim_tls_begin(uintptr_t area);
void rtems_shim_boot_machine(void) __attribute__((noreturn));
void rtems_shim_systick(void);
void rtems_shim_run_thread(uintptr_t entry, uintptr_t argument, unsigned kind) __attribute__((noreturn));

/*
 * Faults are the most urgent, so that a fault in a critical section or in the switch is itself and not a HardFault.
 * PendSV is the least urgent: a switch waits until every handler is done. BASEPRI 0x80 masks the tick and the switch.
 */
static void set_priorities(void)
{
  SHPR1 = 0x00000000;
  SHPR2 = 0x40000000;
  SHPR3 = 0xC0E00000;
  SHCSR |= SHCSR_FAULTS_ENABLED;
  CCR |= CCR_STKALIGN;
}

RTEMS_LINKER_ROSET(_Sysinit, rtems_sysinit_item);

/*
 * As on RTEMS the first thread runs constructors, in front of its own entry: they may call whatever a thread may. Here
 * it also begins drivers and the application's system initialization, which RTEMS does before there are threads.
 */
static void begin_drivers(void)
{
  const rtems_sysinit_item *item;

  rtems_shim_drivers_begin();
  RTEMS_LINKER_SET_FOREACH(_Sysinit, item)
  {
    item->handler();
  }
}

static void run_constructors(void)
{
  static bool done;
  constructor *const *entry;

  if (done) {
    return;
  }
  done = true;
  begin_drivers();
  for (entry = rtems_shim_constructors_begin; entry < rtems_shim_constructors_end; ++entry) {
    (*entry)();
  }
}

/* The first state of the thread-local variables, at the top of the stack of the thread that begins. */
void rtems_shim_tls_begin(uintptr_t area)
{
  const size_t alignment = (size_t) rtems_shim_tls_alignment;
  const size_t data = (size_t) rtems_shim_tls_data_size;
  uintptr_t thread_pointer = (area + alignment - 1) & ~(alignment - 1);
  char *variables = (char *) thread_pointer + alignment;

  memcpy(variables, rtems_shim_tdata_begin, data);
  memset(variables + data, 0, (size_t) rtems_shim_tls_size - data);
  rtems_shim_set_thread_pointer(thread_pointer);
}

static void start_clock(void)
{
  const struct rtems_shim_configuration *configuration = &rtems_shim_configuration;

  SYST_RVR = (uint32_t) ((uint64_t) configuration->clock_hz * configuration->microseconds_per_tick / 1000000) - 1;
  SYST_CVR = 0;
  SYST_CSR = SYST_CSR_CLKSOURCE_PROCESSOR | SYST_CSR_TICKINT | SYST_CSR_ENABLE;
}

/* The idle thread's, where the application has an allocator for it, which may make it larger. */
static void allocate_idle_stack(struct rtems_shim_first_stacks *stacks)
{
  const struct rtems_shim_configuration *configuration = &rtems_shim_configuration;
  size_t wanted = rtems_shim_stack_size(configuration->idle_stack_size, configuration->minimum_stack_size), size = wanted;

  stacks->idle = (unsigned) rtems_shim_idle_stack_allocate(0, &size);
  if (size < wanted) {
    rtems_shim_fatal_end(INTERNAL_ERROR_CORE, INTERNAL_ERROR_IDLE_THREAD_STACK_TOO_SMALL);
  }
  stacks->idle_size = size;
}

extern char rtems_shim_pthread_create_begin[], rtems_shim_pthread_create_end[];

/* The stacks of the first threads, where the application has an allocator of its own; a size without one: it has none. */
static void allocate_first_stacks(struct rtems_shim_first_stacks *stacks)
{
  const struct rtems_shim_configuration *configuration = &rtems_shim_configuration;

  stacks->free = (unsigned) rtems_shim_stack_free;
  if (configuration->classic_init_entry != 0) {
    stacks->classic_size = rtems_shim_stack_size(configuration->classic_init_stack_size, configuration->minimum_stack_size);
    stacks->classic = (unsigned) rtems_shim_stack_allocate(stacks->classic_size);
  }
  if (configuration->posix_init_entry != 0) {
    stacks->posix_size = rtems_shim_stack_size(configuration->posix_init_stack_size, configuration->minimum_posix_stack_size);
    stacks->posix = (unsigned) rtems_shim_stack_allocate(stacks->posix_size);
  }
}

/* Called by reset, in Thread mode on the main stack. The kernel makes the first threads; PendSV leaves this stack. */
void rtems_shim_boot_machine(void)
{
  struct rtems_shim_first_stacks stacks = {
    .has_pthread_create = &rtems_shim_pthread_create_begin[0] != &rtems_shim_pthread_create_end[0]
  };
  int error;

  set_priorities();
  rtems_shim_extensions_begin();
  if (rtems_shim_stack_allocator_init != NULL) {
    rtems_shim_stack_allocator_init(rtems_shim_configuration.stack_arena_size);
  }
  if (rtems_shim_idle_stack_allocate != NULL) {
    allocate_idle_stack(&stacks);
  }
  if (rtems_shim_stack_allocate != NULL) {
    allocate_first_stacks(&stacks);
  }
  error = rtems_shim_boot((void *) &rtems_shim_configuration, &stacks);
  if (error != 0) {
    rtems_shim_fatal_end(INTERNAL_ERROR_CORE, (unsigned) error);
  }
  if (rtems_shim_maximum_tls_size != 0 && (size_t) rtems_shim_tls_area_size > rtems_shim_maximum_tls_size) {
    rtems_shim_fatal_end(INTERNAL_ERROR_CORE, INTERNAL_ERROR_TOO_LARGE_TLS_SIZE);
  }
  start_clock();
  rtems_shim_start();
}

void (*rtems_shim_tick_watcher)(void);

/* SysTick: timer routines run here, in the interrupt, as RTEMS runs them. */
void rtems_shim_systick(void)
{
  struct rtems_shim_timer_call call;

  rtems_shim_tick();
  if (rtems_shim_tick_watcher != NULL) {
    rtems_shim_tick_watcher();
  }
  while (rtems_shim_timer_next(&call)) { /* here, so that a backtrace through a routine names this handler */
    ((rtems_timer_service_routine_entry) call.routine)(call.id, (void *) call.user_data);
  }
}

void rtems_shim_run_thread(uintptr_t entry, uintptr_t argument, unsigned kind)
{
  rtems_shim_streams_begin();
  rtems_shim_thread_begins();
  switch (kind) {
    case RTEMS_SHIM_THREAD_POSIX:
      run_constructors();
      pthread_exit(((void *(*)(void *)) entry)((void *) argument));
    case RTEMS_SHIM_THREAD_CLASSIC:
      run_constructors();
      ((rtems_task_entry) entry)(argument);
      rtems_shim_thread_exitted();
      rtems_shim_fatal_end(INTERNAL_ERROR_CORE, INTERNAL_ERROR_THREAD_EXITTED);
    default:
      if (rtems_shim_configuration.classic_init_entry == 0 && rtems_shim_configuration.posix_init_entry == 0) {
        begin_drivers(); /* CONFIGURE_IDLE_TASK_INITIALIZES_APPLICATION: as on RTEMS, no constructors */
      }
      ((void *(*)(uintptr_t)) entry)(0);
      rtems_shim_fatal_end(INTERNAL_ERROR_CORE, INTERNAL_ERROR_THREAD_EXITTED);
  }
}
