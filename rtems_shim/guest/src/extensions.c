/*
 * User extensions: the application's own routines at the steps of a thread's life, and at its switches.
 *
 * The kernel makes, starts, switches and ends threads; these routines are the application's and run in the guest, where
 * RTEMS runs them: in the caller of the directive, in the thread itself, or, at a switch, in its handler. What belongs
 * together, such as a start and its routines, is not interrupted by a switch.
 */

#include <rtems.h>
#include <rtems/extension.h>
#include <rtems/score/thread.h>

#include "internal.h"

#define MAXIMUM 32

extern const rtems_extensions_table rtems_shim_initial_extensions[];
extern const unsigned rtems_shim_initial_extension_count;
extern const unsigned rtems_shim_maximum_extensions;

/* The table is copied, as by RTEMS: it may be a local variable. */
static struct {
  rtems_extensions_table table;
  rtems_name name; /* 0: there is none */
} dynamic[MAXIMUM];

/* Whether any extension has a routine other than the fatal one; so most programs pay nothing. */
static bool any;

static struct rtems_shim_switch_watcher *watchers;

/* As many as there are sets with a switch routine; PendSV looks at it. */
unsigned rtems_shim_switch_extensions;

static unsigned maximum(void)
{
  return rtems_shim_maximum_extensions < MAXIMUM ? rtems_shim_maximum_extensions : MAXIMUM;
}

/* Set ``index`` of all: the initial ones come first. NULL for one that is not there. */
static const rtems_extensions_table *set(unsigned index)
{
  if (index < rtems_shim_initial_extension_count) {
    return &rtems_shim_initial_extensions[index];
  }
  index -= rtems_shim_initial_extension_count;
  return dynamic[index].name != 0 ? &dynamic[index].table : NULL;
}

static unsigned count(void)
{
  return rtems_shim_initial_extension_count + maximum();
}

static void look(void)
{
  unsigned index;

  any = false;
  rtems_shim_switch_extensions = watchers != NULL;
  for (index = 0; index < count(); ++index) {
    const rtems_extensions_table *table = set(index);

    if (table != NULL) {
      rtems_shim_switch_extensions += table->thread_switch != NULL;
      any = any || table->thread_create != NULL || table->thread_start != NULL || table->thread_restart != NULL ||
        table->thread_delete != NULL || table->thread_begin != NULL || table->thread_exitted != NULL ||
        table->thread_terminate != NULL;
    }
  }
}

void rtems_shim_extensions_begin(void)
{
  look();
}

bool rtems_shim_extended(void)
{
  return any;
}

static Thread_Control *executing(void)
{
  return (Thread_Control *) rtems_shim_executing();
}

/* In the order of their creation; RTEMS undoes in the other order. */
#define EACH(routine, ...) \
  do { \
    unsigned index; \
    for (index = 0; index < count(); ++index) { \
      const rtems_extensions_table *table = set(index); \
      if (table != NULL && table->routine != NULL) { \
        table->routine(__VA_ARGS__); \
      } \
    } \
  } while (0)

#define EACH_BACKWARDS(routine, ...) \
  do { \
    unsigned index; \
    for (index = count(); index-- > 0;) { \
      const rtems_extensions_table *table = set(index); \
      if (table != NULL && table->routine != NULL) { \
        table->routine(__VA_ARGS__); \
      } \
    } \
  } while (0)

static void deleted(Thread_Control *thread)
{
  EACH_BACKWARDS(thread_delete, executing(), thread);
}

/* Threads that have ended are deleted, for the extensions, when the next one is made, as in RTEMS. */
void rtems_shim_bury(void)
{
  struct rtems_shim_zombie zombie;

  while (rtems_shim_zombie_next(&zombie)) {
    Thread_Control control = { .Object = { .id = zombie.id, .name = { .name_u32 = zombie.name } } };

    deleted(&control);
    if (zombie.storage_free != 0) {
      ((void (*)(void *)) zombie.storage_free)((void *) zombie.storage_area);
    }
  }
}

/* False: an extension refuses the thread. */
bool rtems_shim_thread_created(rtems_id id)
{
  Thread_Control *thread = (Thread_Control *) rtems_shim_control_of(id);
  bool accepted = true;
  unsigned index;

  for (index = 0; accepted && index < count(); ++index) {
    const rtems_extensions_table *table = set(index);

    if (table != NULL && table->thread_create != NULL) {
      accepted = table->thread_create(executing(), thread);
    }
  }
  if (!accepted) {
    deleted(thread);
  }
  return accepted;
}

void rtems_shim_thread_started(rtems_id id)
{
  EACH(thread_start, executing(), (Thread_Control *) rtems_shim_control_of(id));
}

void rtems_shim_thread_begins(void)
{
  if (any) {
    EACH(thread_begin, executing());
  }
}

void rtems_shim_thread_restarts(void)
{
  if (any) {
    EACH(thread_restart, executing(), executing());
  }
}

void rtems_shim_thread_exitted(void)
{
  if (any) {
    EACH_BACKWARDS(thread_exitted, executing());
  }
}

void rtems_shim_thread_terminates(void)
{
  if (any) {
    EACH_BACKWARDS(thread_terminate, executing());
  }
}

/* In PendSV's handler. The thread pointers are the per-thread blocks. */
void rtems_shim_thread_switched(char *outgoing, char *heir)
{
  const size_t offset = RTEMS_SHIM_THREAD_BLOCK_SIZE - RTEMS_SHIM_THREAD_CONTROL_SIZE;

  struct rtems_shim_switch_watcher *watcher;

  EACH(thread_switch, (Thread_Control *) (outgoing + offset), (Thread_Control *) (heir + offset));
  for (watcher = watchers; watcher != NULL; watcher = watcher->next) {
    watcher->switched((void *) (outgoing + offset), (void *) (heir + offset));
  }
}

void rtems_shim_switch_watch(struct rtems_shim_switch_watcher *watcher)
{
  rtems_interrupt_level level;

  rtems_interrupt_disable(level);
  watcher->next = watchers;
  watchers = watcher;
  look();
  rtems_interrupt_enable(level);
}

void rtems_shim_switch_unwatch(struct rtems_shim_switch_watcher *watcher)
{
  struct rtems_shim_switch_watcher **link = &watchers;
  rtems_interrupt_level level;

  rtems_interrupt_disable(level);
  while (*link != watcher) {
    link = &(*link)->next;
  }
  *link = watcher->next;
  look();
  rtems_interrupt_enable(level);
}

void rtems_shim_fatal_extensions(unsigned source, unsigned code)
{
  EACH(fatal, (rtems_fatal_source) source, false, code);
}

/* Extension Manager */

uint32_t rtems_shim_extensions_in_use(void)
{
  uint32_t used = 0;
  unsigned index;

  for (index = 0; index < MAXIMUM; ++index) {
    used += dynamic[index].name != 0;
  }
  return used;
}

static rtems_id extension_id(unsigned index)
{
  return rtems_build_id(OBJECTS_CLASSIC_API, OBJECTS_RTEMS_EXTENSIONS, 1, index + 1);
}

rtems_status_code rtems_extension_create(rtems_name name, const rtems_extensions_table *table, rtems_id *id)
{
  unsigned index;

  if (name == 0) {
    return RTEMS_INVALID_NAME;
  }
  if (table == NULL || id == NULL) {
    return RTEMS_INVALID_ADDRESS;
  }
  for (index = 0; index < maximum(); ++index) {
    if (dynamic[index].name == 0) {
      dynamic[index].table = *table;
      dynamic[index].name = name;
      *id = extension_id(index);
      look();
      return RTEMS_SUCCESSFUL;
    }
  }
  return RTEMS_TOO_MANY;
}

rtems_status_code rtems_extension_ident(rtems_name name, rtems_id *id)
{
  unsigned index;

  if (id == NULL) {
    return RTEMS_INVALID_ADDRESS;
  }
  for (index = 0; name != 0 && index < maximum(); ++index) {
    if (dynamic[index].name == name) {
      *id = extension_id(index);
      return RTEMS_SUCCESSFUL;
    }
  }
  return RTEMS_INVALID_NAME;
}

rtems_status_code rtems_extension_delete(rtems_id id)
{
  unsigned index;

  for (index = 0; index < maximum(); ++index) {
    if (dynamic[index].name != 0 && id == extension_id(index)) {
      dynamic[index].name = 0;
      look();
      return RTEMS_SUCCESSFUL;
    }
  }
  return RTEMS_INVALID_ID;
}
