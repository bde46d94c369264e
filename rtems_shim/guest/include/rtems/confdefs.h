/*
 * Turns CONFIGURE_* macros into the configuration table that startup hands to the kernel.
 *
 * Options about memory that the kernel keeps outside the guest (workspace, message buffers, extra stacks) and about
 * drivers are accepted and have no effect.
 */

#ifndef _RTEMS_CONFDEFS_H
#define _RTEMS_CONFDEFS_H

#include <mqueue.h>
#include <pthread.h>
#include <semaphore.h>

#include <bsp.h>
#include <rtems.h>
#include <rtems/console.h>
#include <rtems/extension.h>
#include <rtems/io.h>
#include <rtems/sysinit.h>
#include <rtems_shim/abi.h>
#include <rtems_shim/thread_block.h>

#define CONFIGURE_MESSAGE_BUFFERS_FOR_QUEUE(messages, size) ((messages) * (RTEMS_ALIGN_UP((size), 4U) + 16U))

#ifdef CONFIGURE_INIT

/* As on RTEMS this one has the language's linkage, and Init has C's. */
#if defined(CONFIGURE_POSIX_INIT_THREAD_TABLE) && !defined(CONFIGURE_POSIX_INIT_THREAD_ENTRY_POINT)
void *POSIX_Init(void *);
#define CONFIGURE_POSIX_INIT_THREAD_ENTRY_POINT POSIX_Init
#endif

#ifdef __cplusplus
extern "C" {
#endif

#ifndef CONFIGURE_MICROSECONDS_PER_TICK
#define CONFIGURE_MICROSECONDS_PER_TICK 10000
#endif
#ifndef CONFIGURE_TICKS_PER_TIMESLICE
#define CONFIGURE_TICKS_PER_TIMESLICE 50
#endif
#ifndef CONFIGURE_CLOCK_HZ
#define CONFIGURE_CLOCK_HZ 25000000
#endif
#ifndef CONFIGURE_MINIMUM_TASK_STACK_SIZE
#define CONFIGURE_MINIMUM_TASK_STACK_SIZE STACK_MINIMUM_SIZE
#endif
#ifndef CONFIGURE_MINIMUM_POSIX_THREAD_STACK_SIZE
#define CONFIGURE_MINIMUM_POSIX_THREAD_STACK_SIZE (2 * CONFIGURE_MINIMUM_TASK_STACK_SIZE)
#endif
#ifndef CONFIGURE_INTERRUPT_STACK_SIZE
#if defined(BSP_INTERRUPT_STACK_SIZE) && !defined(CONFIGURE_DISABLE_BSP_SETTINGS)
#define CONFIGURE_INTERRUPT_STACK_SIZE BSP_INTERRUPT_STACK_SIZE
#else
#define CONFIGURE_INTERRUPT_STACK_SIZE CPU_STACK_MINIMUM_SIZE
#endif
#endif
#ifndef CONFIGURE_IDLE_TASK_STACK_SIZE
#define CONFIGURE_IDLE_TASK_STACK_SIZE CONFIGURE_MINIMUM_TASK_STACK_SIZE
#endif
#ifndef CONFIGURE_MAXIMUM_PRIORITY
#define CONFIGURE_MAXIMUM_PRIORITY 255
#endif
#ifndef CONFIGURE_IMFS_MEMFILE_BYTES_PER_BLOCK
#define CONFIGURE_IMFS_MEMFILE_BYTES_PER_BLOCK 128
#endif
#if CONFIGURE_IMFS_MEMFILE_BYTES_PER_BLOCK != 16 && CONFIGURE_IMFS_MEMFILE_BYTES_PER_BLOCK != 32 && \
  CONFIGURE_IMFS_MEMFILE_BYTES_PER_BLOCK != 64 && CONFIGURE_IMFS_MEMFILE_BYTES_PER_BLOCK != 128 && \
  CONFIGURE_IMFS_MEMFILE_BYTES_PER_BLOCK != 256 && CONFIGURE_IMFS_MEMFILE_BYTES_PER_BLOCK != 512
#error "CONFIGURE_IMFS_MEMFILE_BYTES_PER_BLOCK must be one of 16, 32, 64, 128, 256 and 512"
#endif
#ifndef CONFIGURE_MAXIMUM_USER_EXTENSIONS
#define CONFIGURE_MAXIMUM_USER_EXTENSIONS 0
#endif
#ifndef CONFIGURE_MESSAGE_BUFFER_MEMORY
#define CONFIGURE_MESSAGE_BUFFER_MEMORY 0
#endif
#ifndef CONFIGURE_MEMORY_OVERHEAD
#define CONFIGURE_MEMORY_OVERHEAD 0
#endif
/*
 * What RTEMS's workspace has for messages beyond what is asked for is what no stack has taken yet, and what the board
 * leaves; here it is the stacks of all threads but the first, and 2 KiB.
 */
#define _CONFIGURE_STACKS(threads, size) \
  (rtems_resource_is_unlimited(threads) || (threads) == 0 ? 0U : ((unsigned) (threads) - 1U) * (unsigned) (size))
#define _CONFIGURE_STACKS_BESIDE_INIT \
  (_CONFIGURE_STACKS(CONFIGURE_MAXIMUM_TASKS, CONFIGURE_MINIMUM_TASK_STACK_SIZE) + \
   _CONFIGURE_STACKS(CONFIGURE_MAXIMUM_POSIX_THREADS, CONFIGURE_MINIMUM_POSIX_THREAD_STACK_SIZE))
#if defined(CONFIGURE_UNIFIED_WORK_AREAS) || defined(CONFIGURE_UNLIMITED_OBJECTS)
#define _CONFIGURE_MESSAGE_BUFFER_BYTES 0xFFFFFFFFU
#else
#define _CONFIGURE_MESSAGE_BUFFER_BYTES \
  ((CONFIGURE_MESSAGE_BUFFER_MEMORY) + 1024U * (CONFIGURE_MEMORY_OVERHEAD) + _CONFIGURE_STACKS_BESIDE_INIT + 2048U)
#endif
#if CONFIGURE_MAXIMUM_PRIORITY != 3 && CONFIGURE_MAXIMUM_PRIORITY != 7 && CONFIGURE_MAXIMUM_PRIORITY != 15 && \
  CONFIGURE_MAXIMUM_PRIORITY != 31 && CONFIGURE_MAXIMUM_PRIORITY != 63 && CONFIGURE_MAXIMUM_PRIORITY != 127 && \
  CONFIGURE_MAXIMUM_PRIORITY != 255
#error "CONFIGURE_MAXIMUM_PRIORITY must be one of 3, 7, 15, 31, 63, 127 and 255"
#endif
#ifndef CONFIGURE_MAXIMUM_THREAD_NAME_SIZE
#define CONFIGURE_MAXIMUM_THREAD_NAME_SIZE 16
#endif

#ifndef CONFIGURE_MAXIMUM_FILE_DESCRIPTORS
#ifdef CONFIGURE_LIBIO_MAXIMUM_FILE_DESCRIPTORS
#define CONFIGURE_MAXIMUM_FILE_DESCRIPTORS CONFIGURE_LIBIO_MAXIMUM_FILE_DESCRIPTORS
#else
#define CONFIGURE_MAXIMUM_FILE_DESCRIPTORS 3
#endif
#endif

/* How many objects of a kind: the application's number, or its number and no limit. */
#ifdef CONFIGURE_UNLIMITED_OBJECTS
#define _CONFIGURE_OBJECTS(number) rtems_resource_unlimited(number)
#else
#define _CONFIGURE_OBJECTS(number) (number)
#endif

#ifndef CONFIGURE_MAXIMUM_TASKS
#define CONFIGURE_MAXIMUM_TASKS 0
#endif
#ifndef CONFIGURE_MAXIMUM_POSIX_THREADS
#define CONFIGURE_MAXIMUM_POSIX_THREADS 0
#endif
#ifndef CONFIGURE_MAXIMUM_POSIX_KEYS
#define CONFIGURE_MAXIMUM_POSIX_KEYS 0
#endif
#ifndef CONFIGURE_MAXIMUM_POSIX_KEY_VALUE_PAIRS
#define CONFIGURE_MAXIMUM_POSIX_KEY_VALUE_PAIRS \
  ((CONFIGURE_MAXIMUM_POSIX_KEYS) * (_CONFIGURE_TASKS + _CONFIGURE_POSIX_THREADS))
#endif
#ifndef CONFIGURE_MAXIMUM_POSIX_MESSAGE_QUEUES
#define CONFIGURE_MAXIMUM_POSIX_MESSAGE_QUEUES 0
#endif
#ifndef CONFIGURE_MAXIMUM_POSIX_SEMAPHORES
#define CONFIGURE_MAXIMUM_POSIX_SEMAPHORES 0
#endif
#ifndef CONFIGURE_MAXIMUM_POSIX_TIMERS
#define CONFIGURE_MAXIMUM_POSIX_TIMERS 0
#endif
#ifndef CONFIGURE_MAXIMUM_POSIX_SHMS
#define CONFIGURE_MAXIMUM_POSIX_SHMS 0
#endif
#ifndef CONFIGURE_MAXIMUM_POSIX_QUEUED_SIGNALS
#define CONFIGURE_MAXIMUM_POSIX_QUEUED_SIGNALS 0
#endif
#ifndef CONFIGURE_MAXIMUM_SEMAPHORES
#define CONFIGURE_MAXIMUM_SEMAPHORES 0
#endif
#ifndef CONFIGURE_MAXIMUM_MESSAGE_QUEUES
#define CONFIGURE_MAXIMUM_MESSAGE_QUEUES 0
#endif
#ifndef CONFIGURE_MAXIMUM_TIMERS
#define CONFIGURE_MAXIMUM_TIMERS 0
#endif
#ifndef CONFIGURE_MAXIMUM_BARRIERS
#define CONFIGURE_MAXIMUM_BARRIERS 0
#endif
#ifndef CONFIGURE_MAXIMUM_REGIONS
#define CONFIGURE_MAXIMUM_REGIONS 0
#endif
#ifndef CONFIGURE_MAXIMUM_PARTITIONS
#define CONFIGURE_MAXIMUM_PARTITIONS 0
#endif
#ifndef CONFIGURE_MAXIMUM_PORTS
#define CONFIGURE_MAXIMUM_PORTS 0
#endif
#ifndef CONFIGURE_MAXIMUM_PERIODS
#define CONFIGURE_MAXIMUM_PERIODS 0
#endif

/* The thread that starts the application counts, as it does in RTEMS. */
#if defined(CONFIGURE_RTEMS_INIT_TASKS_TABLE)
#define _CONFIGURE_TASKS ((CONFIGURE_MAXIMUM_TASKS) == 0 ? 1 : (CONFIGURE_MAXIMUM_TASKS))
#else
#define _CONFIGURE_TASKS (CONFIGURE_MAXIMUM_TASKS)
#endif
#if defined(CONFIGURE_POSIX_INIT_THREAD_TABLE)
#define _CONFIGURE_POSIX_THREADS \
  ((CONFIGURE_MAXIMUM_POSIX_THREADS) == 0 ? 1 : (CONFIGURE_MAXIMUM_POSIX_THREADS))
#else
#define _CONFIGURE_POSIX_THREADS (CONFIGURE_MAXIMUM_POSIX_THREADS)
#endif

#ifdef CONFIGURE_RTEMS_INIT_TASKS_TABLE
#ifndef CONFIGURE_INIT_TASK_ENTRY_POINT
rtems_task Init(rtems_task_argument);
#define CONFIGURE_INIT_TASK_ENTRY_POINT Init
#endif
#ifndef CONFIGURE_INIT_TASK_NAME
#define CONFIGURE_INIT_TASK_NAME rtems_build_name('U', 'I', '1', ' ')
#endif
#ifndef CONFIGURE_INIT_TASK_STACK_SIZE
#define CONFIGURE_INIT_TASK_STACK_SIZE CONFIGURE_MINIMUM_TASK_STACK_SIZE
#endif
#ifndef CONFIGURE_INIT_TASK_PRIORITY
#define CONFIGURE_INIT_TASK_PRIORITY 1
#endif
#ifndef CONFIGURE_INIT_TASK_INITIAL_MODES
#define CONFIGURE_INIT_TASK_INITIAL_MODES RTEMS_NO_PREEMPT
#endif
#ifndef CONFIGURE_INIT_TASK_ATTRIBUTES
#define CONFIGURE_INIT_TASK_ATTRIBUTES RTEMS_DEFAULT_ATTRIBUTES
#endif
#ifndef CONFIGURE_INIT_TASK_ARGUMENTS
#define CONFIGURE_INIT_TASK_ARGUMENTS 0
#endif
#endif

#ifdef CONFIGURE_POSIX_INIT_THREAD_TABLE
#ifndef CONFIGURE_POSIX_INIT_THREAD_STACK_SIZE
#define CONFIGURE_POSIX_INIT_THREAD_STACK_SIZE CONFIGURE_MINIMUM_POSIX_THREAD_STACK_SIZE
#endif
#endif

#if !defined(CONFIGURE_RTEMS_INIT_TASKS_TABLE) && !defined(CONFIGURE_POSIX_INIT_THREAD_TABLE) && \
  !defined(CONFIGURE_IDLE_TASK_INITIALIZES_APPLICATION)
#error "define CONFIGURE_RTEMS_INIT_TASKS_TABLE or CONFIGURE_POSIX_INIT_THREAD_TABLE"
#endif

/* Blocks for every thread there may be, idle and the timer server; 64 where there is no limit. */
#define _CONFIGURE_THREADS(number) \
  (rtems_resource_is_unlimited(number) ? 64U : (unsigned) rtems_resource_maximum_per_allocation(number))
#define _CONFIGURE_THREAD_BLOCKS \
  (_CONFIGURE_THREADS(_CONFIGURE_OBJECTS(_CONFIGURE_TASKS)) + \
   _CONFIGURE_THREADS(_CONFIGURE_OBJECTS(_CONFIGURE_POSIX_THREADS)) + 2U)

RTEMS_STATIC_ASSERT(
  (CONFIGURE_CLOCK_HZ) / 1000000ULL * (CONFIGURE_MICROSECONDS_PER_TICK) <= 0x1000000ULL,
  CONFIGURE_MICROSECONDS_PER_TICK_IS_LONGER_THAN_SYSTICK_CAN_COUNT
);

RTEMS_STATIC_ASSERT(
  (CONFIGURE_INTERRUPT_STACK_SIZE) >= CPU_STACK_MINIMUM_SIZE,
  CONFIGURE_INTERRUPT_STACK_SIZE_IS_LESS_THAN_CPU_STACK_MINIMUM_SIZE
);

/* The linker puts it at the bottom of RAM. */
extern uint64_t rtems_shim_interrupt_stack[];
uint64_t rtems_shim_interrupt_stack[RTEMS_ALIGN_UP((CONFIGURE_INTERRUPT_STACK_SIZE), 8) / 8]
  __attribute__((section(".noinit.rtems_shim_interrupt_stack"), used));

static struct {
  uint64_t words[RTEMS_SHIM_THREAD_BLOCK_SIZE / 8];
} rtems_shim_thread_blocks[_CONFIGURE_THREAD_BLOCKS];

extern char rtems_shim_globals_begin[], rtems_shim_globals_size[], rtems_shim_heap_begin[], rtems_shim_heap_size[];
extern char rtems_shim_interrupt_stack_begin[], rtems_shim_interrupt_stack_size[];
extern char rtems_shim_stack_arena_begin[], rtems_shim_stack_arena_size[];
extern char rtems_shim_tls_area_size[];
extern char rtems_shim_memory_arena_begin[], rtems_shim_memory_arena_size[];
struct _reent;
extern struct _reent *_impure_ptr;
void rtems_shim_thread_begin(void);
#ifdef CONFIGURE_IDLE_TASK_BODY
#define _CONFIGURE_IDLE_TASK_BODY CONFIGURE_IDLE_TASK_BODY
#else
void rtems_shim_idle(void);
#define _CONFIGURE_IDLE_TASK_BODY rtems_shim_idle
#endif
void rtems_shim_timer_server(rtems_task_argument);
void rtems_shim_signal_entry(void);
void rtems_shim_cancel_entry(void);
void rtems_shim_fatal_end(unsigned source, unsigned code) RTEMS_NO_RETURN;

extern const struct rtems_shim_configuration rtems_shim_configuration;
const struct rtems_shim_configuration rtems_shim_configuration = {
  .abi_version = RTEMS_SHIM_ABI_VERSION,
  .size = sizeof(struct rtems_shim_configuration),
  .flags = 0
#ifdef CONFIGURE_UNPRIVILEGED_THREADS
    | RTEMS_SHIM_CONFIG_UNPRIVILEGED
#endif
#ifdef CONFIGURE_STACK_CHECKER_ENABLED
    | RTEMS_SHIM_CONFIG_STACK_CHECKER
#endif
#ifdef CONFIGURE_IMFS_ENABLE_MKFIFO
    | RTEMS_SHIM_CONFIG_FIFOS
#endif
#ifdef CONFIGURE_POSIX_TIMERS_FACE_BEHAVIOR
    | RTEMS_SHIM_CONFIG_FACE_TIMERS
#endif
#ifdef CONFIGURE_POSIX_INIT_THREAD_TABLE
    | RTEMS_SHIM_CONFIG_POSIX_INIT
#endif
#if defined(CONFIGURE_APPLICATION_NEEDS_CONSOLE_DRIVER) || \
  defined(CONFIGURE_APPLICATION_NEEDS_SIMPLE_CONSOLE_DRIVER) || \
  defined(CONFIGURE_APPLICATION_NEEDS_SIMPLE_TASK_CONSOLE_DRIVER)
    | RTEMS_SHIM_CONFIG_CONSOLE
#endif
#ifdef CONFIGURE_INIT_TASK_CONSTRUCT_STORAGE_SIZE
    | RTEMS_SHIM_CONFIG_INIT_CONSTRUCTED
#endif
#if defined(CONFIGURE_APPLICATION_DOES_NOT_NEED_CLOCK_DRIVER) || defined(CONFIGURE_APPLICATION_NEEDS_TIMER_DRIVER)
    | RTEMS_SHIM_CONFIG_NO_CLOCK
#endif
  ,
  .clock_hz = CONFIGURE_CLOCK_HZ,
  .microseconds_per_tick = CONFIGURE_MICROSECONDS_PER_TICK,
  .ticks_per_timeslice = CONFIGURE_TICKS_PER_TIMESLICE,
  .globals_base = (unsigned) rtems_shim_globals_begin,
  .globals_size = (unsigned) rtems_shim_globals_size,
  .heap_base = (unsigned) rtems_shim_heap_begin,
  .heap_size = (unsigned) rtems_shim_heap_size,
  .interrupt_stack_base = (unsigned) rtems_shim_interrupt_stack_begin,
  .interrupt_stack_size = (unsigned) rtems_shim_interrupt_stack_size,
  .stack_arena_base = (unsigned) rtems_shim_stack_arena_begin,
  .stack_arena_size = (unsigned) rtems_shim_stack_arena_size,
  .memory_arena_base = (unsigned) rtems_shim_memory_arena_begin,
  .memory_arena_size = (unsigned) rtems_shim_memory_arena_size,
  .thread_blocks_base = (unsigned) rtems_shim_thread_blocks,
  .thread_block_size = RTEMS_SHIM_THREAD_BLOCK_SIZE,
  .thread_block_count = _CONFIGURE_THREAD_BLOCKS,
  .thread_block_pointer = (unsigned) &_impure_ptr,
  .tls_size = (unsigned) rtems_shim_tls_area_size,
  .thread_begin = (unsigned) rtems_shim_thread_begin,
  .idle_entry = (unsigned) _CONFIGURE_IDLE_TASK_BODY,
  .timer_server_entry = (unsigned) rtems_shim_timer_server,
  .signal_entry = (unsigned) rtems_shim_signal_entry,
  .fatal_entry = (unsigned) rtems_shim_fatal_end,
  .cancel_entry = (unsigned) rtems_shim_cancel_entry,
#ifdef CONFIGURE_POSIX_INIT_THREAD_TABLE
  .posix_init_entry = (unsigned) CONFIGURE_POSIX_INIT_THREAD_ENTRY_POINT,
  .posix_init_stack_size = CONFIGURE_POSIX_INIT_THREAD_STACK_SIZE,
#endif
#ifdef CONFIGURE_RTEMS_INIT_TASKS_TABLE
  .classic_init_entry = (unsigned) CONFIGURE_INIT_TASK_ENTRY_POINT,
  .classic_init_name = CONFIGURE_INIT_TASK_NAME,
  .classic_init_stack_size = CONFIGURE_INIT_TASK_STACK_SIZE,
  .classic_init_priority = CONFIGURE_INIT_TASK_PRIORITY,
  .classic_init_modes = CONFIGURE_INIT_TASK_INITIAL_MODES,
  .classic_init_attributes = CONFIGURE_INIT_TASK_ATTRIBUTES,
  .classic_init_argument = (unsigned) (CONFIGURE_INIT_TASK_ARGUMENTS),
#endif
  .minimum_stack_size = CONFIGURE_MINIMUM_TASK_STACK_SIZE,
  .minimum_posix_stack_size = CONFIGURE_MINIMUM_POSIX_THREAD_STACK_SIZE,
  .idle_stack_size = CONFIGURE_IDLE_TASK_STACK_SIZE,
  .maximum_files = CONFIGURE_MAXIMUM_FILE_DESCRIPTORS,
  .maximum_posix_threads = _CONFIGURE_OBJECTS(_CONFIGURE_POSIX_THREADS),
  .maximum_posix_keys = _CONFIGURE_OBJECTS(CONFIGURE_MAXIMUM_POSIX_KEYS),
  .maximum_posix_key_pairs = CONFIGURE_MAXIMUM_POSIX_KEY_VALUE_PAIRS,
  .maximum_posix_message_queues = _CONFIGURE_OBJECTS(CONFIGURE_MAXIMUM_POSIX_MESSAGE_QUEUES),
  .maximum_posix_semaphores = _CONFIGURE_OBJECTS(CONFIGURE_MAXIMUM_POSIX_SEMAPHORES),
  .maximum_posix_timers = _CONFIGURE_OBJECTS(CONFIGURE_MAXIMUM_POSIX_TIMERS),
  .maximum_posix_shms = _CONFIGURE_OBJECTS(CONFIGURE_MAXIMUM_POSIX_SHMS),
  .maximum_posix_queued_signals = CONFIGURE_MAXIMUM_POSIX_QUEUED_SIGNALS,
  .maximum_tasks = _CONFIGURE_OBJECTS(_CONFIGURE_TASKS),
  .maximum_semaphores = _CONFIGURE_OBJECTS(CONFIGURE_MAXIMUM_SEMAPHORES),
  .maximum_message_queues = _CONFIGURE_OBJECTS(CONFIGURE_MAXIMUM_MESSAGE_QUEUES),
  .maximum_timers = _CONFIGURE_OBJECTS(CONFIGURE_MAXIMUM_TIMERS),
  .maximum_barriers = _CONFIGURE_OBJECTS(CONFIGURE_MAXIMUM_BARRIERS),
  .maximum_regions = _CONFIGURE_OBJECTS(CONFIGURE_MAXIMUM_REGIONS),
  .maximum_partitions = _CONFIGURE_OBJECTS(CONFIGURE_MAXIMUM_PARTITIONS),
  .maximum_ports = _CONFIGURE_OBJECTS(CONFIGURE_MAXIMUM_PORTS),
  .maximum_periods = _CONFIGURE_OBJECTS(CONFIGURE_MAXIMUM_PERIODS),
  .maximum_priority = CONFIGURE_MAXIMUM_PRIORITY,
  .message_buffer_bytes = _CONFIGURE_MESSAGE_BUFFER_BYTES,
  .maximum_thread_name_size = CONFIGURE_MAXIMUM_THREAD_NAME_SIZE,
  .imfs_block_size = CONFIGURE_IMFS_MEMFILE_BYTES_PER_BLOCK,
};

extern const int imfs_memfile_bytes_per_block;
const int imfs_memfile_bytes_per_block = CONFIGURE_IMFS_MEMFILE_BYTES_PER_BLOCK;

/* The application's own extensions; the empty one at the end makes an empty list legal C. */
extern const rtems_extensions_table rtems_shim_initial_extensions[];
extern const unsigned rtems_shim_initial_extension_count;
const rtems_extensions_table rtems_shim_initial_extensions[] = {
#ifdef CONFIGURE_INITIAL_EXTENSIONS
  CONFIGURE_INITIAL_EXTENSIONS,
#endif
  { .fatal = NULL },
};
const unsigned rtems_shim_initial_extension_count = RTEMS_ARRAY_SIZE(rtems_shim_initial_extensions) - 1;

/* Device drivers: as many as RTEMS would have, and at least as many as the application wants. */
#ifdef CONFIGURE_APPLICATION_NEEDS_STUB_DRIVER
#include <rtems/devnull.h>
#endif
#ifdef CONFIGURE_APPLICATION_NEEDS_ZERO_DRIVER
#include <rtems/devzero.h>
#endif
#ifndef CONFIGURE_MAXIMUM_DRIVERS
#define CONFIGURE_MAXIMUM_DRIVERS
#endif
extern rtems_driver_address_table rtems_shim_drivers[];
extern const rtems_device_major_number rtems_shim_driver_count;
rtems_driver_address_table rtems_shim_drivers[CONFIGURE_MAXIMUM_DRIVERS] = {
#ifdef CONFIGURE_BSP_PREREQUISITE_DRIVERS
  CONFIGURE_BSP_PREREQUISITE_DRIVERS,
#endif
#ifdef CONFIGURE_APPLICATION_PREREQUISITE_DRIVERS
  CONFIGURE_APPLICATION_PREREQUISITE_DRIVERS,
#endif
#ifdef CONFIGURE_APPLICATION_NEEDS_CONSOLE_DRIVER
  CONSOLE_DRIVER_TABLE_ENTRY,
#endif
#ifdef CONFIGURE_APPLICATION_NEEDS_STUB_DRIVER
  DEVNULL_DRIVER_TABLE_ENTRY,
#endif
#ifdef CONFIGURE_APPLICATION_NEEDS_ZERO_DRIVER
  DEVZERO_DRIVER_TABLE_ENTRY,
#endif
#ifdef CONFIGURE_APPLICATION_EXTRA_DRIVERS
  CONFIGURE_APPLICATION_EXTRA_DRIVERS,
#endif
  NULL_DRIVER_TABLE_ENTRY
};
const rtems_device_major_number rtems_shim_driver_count = RTEMS_ARRAY_SIZE(rtems_shim_drivers)
#if !defined(CONFIGURE_APPLICATION_NEEDS_NULL_DRIVER)
  - (sizeof("" RTEMS_XSTRING(CONFIGURE_MAXIMUM_DRIVERS)) == 1 ? 1 : 0) /* the last one is only what makes it legal C */
#endif
  ;

/* The application's own allocator of stacks. */
#if defined(CONFIGURE_TASK_STACK_ALLOCATOR) != defined(CONFIGURE_TASK_STACK_DEALLOCATOR)
#error "CONFIGURE_TASK_STACK_ALLOCATOR and CONFIGURE_TASK_STACK_DEALLOCATOR must be both defined or both undefined"
#endif
/* What the thread-local variables may take; 0 is no limit. */
#ifndef CONFIGURE_MAXIMUM_THREAD_LOCAL_STORAGE_SIZE
#define CONFIGURE_MAXIMUM_THREAD_LOCAL_STORAGE_SIZE 0
#endif
extern const size_t rtems_shim_maximum_tls_size;
const size_t rtems_shim_maximum_tls_size = (CONFIGURE_MAXIMUM_THREAD_LOCAL_STORAGE_SIZE);

extern void *(*const rtems_shim_stack_allocate)(size_t);
extern void (*const rtems_shim_stack_free)(void *);
extern void *(*const rtems_shim_idle_stack_allocate)(uint32_t, size_t *);
extern void (*const rtems_shim_stack_allocator_init)(size_t);
#ifdef CONFIGURE_TASK_STACK_ALLOCATOR
void *(*const rtems_shim_stack_allocate)(size_t) = CONFIGURE_TASK_STACK_ALLOCATOR;
void (*const rtems_shim_stack_free)(void *) = CONFIGURE_TASK_STACK_DEALLOCATOR;
#else
void *(*const rtems_shim_stack_allocate)(size_t) = NULL;
void (*const rtems_shim_stack_free)(void *) = NULL;
#endif
#ifdef CONFIGURE_TASK_STACK_ALLOCATOR_FOR_IDLE
void *(*const rtems_shim_idle_stack_allocate)(uint32_t, size_t *) = CONFIGURE_TASK_STACK_ALLOCATOR_FOR_IDLE;
#else
void *(*const rtems_shim_idle_stack_allocate)(uint32_t, size_t *) = NULL;
#endif
#ifdef CONFIGURE_TASK_STACK_ALLOCATOR_INIT
void (*const rtems_shim_stack_allocator_init)(size_t) = CONFIGURE_TASK_STACK_ALLOCATOR_INIT;
#else
void (*const rtems_shim_stack_allocator_init)(size_t) = NULL;
#endif

#ifndef CONFIGURE_SCHEDULER_NAME
#define CONFIGURE_SCHEDULER_NAME rtems_build_name('U', 'P', 'D', ' ')
#endif
extern const uint32_t rtems_shim_scheduler_name;
const uint32_t rtems_shim_scheduler_name = CONFIGURE_SCHEDULER_NAME;

extern const unsigned rtems_shim_maximum_extensions;
const unsigned rtems_shim_maximum_extensions = CONFIGURE_MAXIMUM_USER_EXTENSIONS;

#ifdef __cplusplus
}
#endif

#endif /* CONFIGURE_INIT */

#endif
