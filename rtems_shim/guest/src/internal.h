/* What the guest's own source files share. */

#ifndef RTEMS_SHIM_INTERNAL_H
#define RTEMS_SHIM_INTERNAL_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <rtems_shim/abi.h>
#include <rtems_shim/thread_block.h>

/* Priorities of POSIX: bigger is more urgent. */
#define RTEMS_SHIM_HIGHEST_PRIORITY ((int) rtems_shim_configuration.maximum_priority - 1)
#define RTEMS_SHIM_LOWEST_PRIORITY 1

extern const struct rtems_shim_configuration rtems_shim_configuration;

/* Thread mode on PSP: only then may a call block. */
static inline bool rtems_shim_in_thread(void)
{
  uint32_t control, exception;
  __asm__ volatile("mrs %0, control\n\tmrs %1, ipsr" : "=r"(control), "=r"(exception));
  return exception == 0 && (control & 2) != 0;
}

/* The thread's standard streams: made ready at its begin, flushed and freed at its end. */
void rtems_shim_streams_begin(void);
void rtems_shim_streams_end(void);

/* The executing thread's Thread_Control, and the place of its thread-local variables. */
struct rtems_shim_thread_control *rtems_shim_executing(void);
void rtems_shim_set_thread_pointer(uintptr_t thread_pointer);

/* The routines of the timers that are due. */
void rtems_shim_run_timers(void);

/* Destroys the executing thread's thread-local objects, NULL while there have been none. */
extern void (*rtems_shim_destroy_thread_locals)(void);

/* Cleanup handlers and key destructors of the executing thread. */
void rtems_shim_run_cleanup(void);

/* The application's extensions (extensions.c), called at the steps of a thread's life. */
void rtems_shim_extensions_begin(void);
bool rtems_shim_extended(void);
void rtems_shim_bury(void);
bool rtems_shim_thread_created(uint32_t id);
void rtems_shim_thread_started(uint32_t id);
void rtems_shim_thread_begins(void);
void rtems_shim_thread_restarts(void);
void rtems_shim_thread_exitted(void);
void rtems_shim_thread_terminates(void);
void rtems_shim_thread_switched(char *outgoing, char *heir);
void rtems_shim_fatal_extensions(unsigned source, unsigned code);
uint32_t rtems_shim_extensions_in_use(void);

/* printk()'s formats, written in pieces to ``write``; returns how many characters. */
typedef void rtems_shim_writer(void *context, const char *text, size_t size);
int rtems_shim_format(rtems_shim_writer *write, void *context, const char *format, va_list arguments);

/* One more switch routine beside the application's, and none again: both only once in between. */
struct rtems_shim_switch_watcher {
  struct rtems_shim_switch_watcher *next;
  void (*switched)(struct rtems_shim_thread_control *outgoing, struct rtems_shim_thread_control *heir);
};
void rtems_shim_switch_watch(struct rtems_shim_switch_watcher *watcher);
void rtems_shim_switch_unwatch(struct rtems_shim_switch_watcher *watcher);

/* Called by SysTick's handler at each tick, if not NULL. */
extern void (*rtems_shim_tick_watcher)(void);

/* A stream, a FILE, that writes to the console with no buffer of its own. */
void *rtems_shim_console_stream(void);

/* CONFIGURE_MAXIMUM_THREAD_LOCAL_STORAGE_SIZE. */
extern const size_t rtems_shim_maximum_tls_size;

/* The application's own allocator of stacks, NULL without one. */
extern void *(*const rtems_shim_stack_allocate)(size_t);
extern void (*const rtems_shim_stack_free)(void *);
extern void *(*const rtems_shim_idle_stack_allocate)(uint32_t, size_t *);
extern void (*const rtems_shim_stack_allocator_init)(size_t);

/* What the application's allocator is asked for, for a thread that wants so much. */
size_t rtems_shim_stack_size(size_t wanted, size_t least);

/* CONFIGURE_SCHEDULER_NAME */
extern const uint32_t rtems_shim_scheduler_name;

/* How calls on device nodes of the program reach it (devices.c); NULL while there are no such nodes. */
struct rtems_shim_device_calls {
  int (*opened)(int fd, const char *path, int flags, unsigned mode);
  int (*closed)(int fd);
  int (*read)(int fd, void *buffer, size_t size);
  int (*write)(int fd, const void *buffer, size_t size);
  int (*ioctl)(int fd, unsigned command, void *argument);
};
extern const struct rtems_shim_device_calls *rtems_shim_device_calls;

/* There was no more memory for the heap. From then on: whether it has ``size`` bytes, else errno is ``error``. */
void rtems_shim_heap_ends(void);
bool rtems_shim_has_room(size_t size, int error);
#define RTEMS_SHIM_NODE 96 /* about what a node of RTEMS's IMFS takes */

/* Initialises the configured drivers. */
void rtems_shim_drivers_begin(void);

void rtems_shim_fatal_end(unsigned source, unsigned code) __attribute__((noreturn));

#endif
