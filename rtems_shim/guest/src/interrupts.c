/*
 * Interrupt Manager: handlers of external interrupts, in a list for each vector. As RTEMS does on this processor the
 * vectors are in RAM once there is a handler, and an interrupt can be enabled but neither raised nor looked at.
 */

#include <stdlib.h>
#include <string.h>

#include <bsp/irq.h>
#include <rtems.h>

#include "internal.h"

typedef volatile uint32_t reg32;

#define VTOR (*(reg32 *) 0xE000ED08)
#define NVIC_ISER ((reg32 *) 0xE000E100)
#define NVIC_ICER ((reg32 *) 0xE000E180)
#define NVIC_IPR ((volatile uint8_t *) 0xE000E400)

#define EXTERNAL 16 /* exception number of the first external interrupt */
#define VECTORS (EXTERNAL + BSP_INTERRUPT_VECTOR_COUNT)
#define VECTOR_TABLE_ALIGNMENT 256 /* 48 words, rounded up to a power of two */
#define DEFAULT_PRIORITY 0xC0 /* the tick's, as on RTEMS: neither interrupts the other. Critical sections mask it */
#define LEAST_URGENT 255

extern void (*const rtems_shim_vectors[])(void);

static struct vector {
  rtems_interrupt_entry *first;
  bool is_unique;
} vectors[BSP_INTERRUPT_VECTOR_COUNT];

static bool is_vector(rtems_vector_number vector)
{
  return vector < BSP_INTERRUPT_VECTOR_COUNT;
}

/* Of every external interrupt, once there is a handler of one. */
static void dispatch(void)
{
  uint32_t exception;
  const rtems_interrupt_entry *entry;

  __asm__ volatile("mrs %0, ipsr" : "=r"(exception));
  entry = vectors[exception - EXTERNAL].first;
  if (entry == NULL) {
    rtems_shim_fatal_end(RTEMS_FATAL_SOURCE_SPURIOUS_INTERRUPT, exception - EXTERNAL);
  }
  for (; entry != NULL; entry = entry->next) {
    entry->handler(entry->arg);
  }
}

static void move_vectors(void)
{
  static void (*table[VECTORS])(void) __attribute__((aligned(VECTOR_TABLE_ALIGNMENT)));
  size_t i;

  if (VTOR == (uintptr_t) table) {
    return;
  }
  memcpy(table, rtems_shim_vectors, EXTERNAL * sizeof(table[0]));
  for (i = EXTERNAL; i < VECTORS; ++i) {
    table[i] = dispatch;
    NVIC_IPR[i - EXTERNAL] = DEFAULT_PRIORITY;
  }
  VTOR = (uintptr_t) table;
  __asm__ volatile("dsb" : : : "memory");
}

static rtems_status_code check(rtems_vector_number vector, bool has_routine)
{
  if (!has_routine) {
    return RTEMS_INVALID_ADDRESS;
  }
  if (!is_vector(vector)) {
    return RTEMS_INVALID_ID;
  }
  return rtems_interrupt_is_in_progress() ? RTEMS_CALLED_FROM_ISR : RTEMS_SUCCESSFUL;
}

/* Where the entry of this routine and argument is linked, or the end of the list. */
static rtems_interrupt_entry **place_of(rtems_vector_number vector, rtems_interrupt_handler routine, const void *arg)
{
  rtems_interrupt_entry **place = &vectors[vector].first;

  while (*place != NULL && ((*place)->handler != routine || (*place)->arg != arg)) {
    place = &(*place)->next;
  }
  return place;
}

rtems_status_code rtems_interrupt_entry_install(
  rtems_vector_number vector,
  rtems_option options,
  rtems_interrupt_entry *entry
)
{
  rtems_interrupt_entry **place;
  rtems_status_code status;

  if (entry == NULL) {
    return RTEMS_INVALID_ADDRESS;
  }
  status = check(vector, entry->handler != NULL);
  if (status != RTEMS_SUCCESSFUL) {
    return status;
  }
  if (RTEMS_INTERRUPT_IS_REPLACE(options)) {
    return RTEMS_INVALID_NUMBER;
  }
  if (vectors[vector].first == NULL) {
    move_vectors();
    vectors[vector].first = entry;
    vectors[vector].is_unique = RTEMS_INTERRUPT_IS_UNIQUE(options) != 0;
    return rtems_interrupt_vector_enable(vector);
  }
  if (RTEMS_INTERRUPT_IS_UNIQUE(options) || vectors[vector].is_unique) {
    return RTEMS_RESOURCE_IN_USE;
  }
  place = place_of(vector, entry->handler, entry->arg);
  if (*place != NULL) {
    return RTEMS_TOO_MANY;
  }
  *place = entry;
  return RTEMS_SUCCESSFUL;
}

static void remove_at(rtems_vector_number vector, rtems_interrupt_entry **place)
{
  if (vectors[vector].first->next == NULL) {
    (void) rtems_interrupt_vector_disable(vector);
    vectors[vector].is_unique = false;
  }
  *place = (*place)->next;
}

rtems_status_code rtems_interrupt_entry_remove(rtems_vector_number vector, rtems_interrupt_entry *entry)
{
  rtems_interrupt_entry **place;
  rtems_status_code status;

  if (entry == NULL) {
    return RTEMS_INVALID_ADDRESS;
  }
  status = check(vector, entry->handler != NULL);
  if (status != RTEMS_SUCCESSFUL) {
    return status;
  }
  place = place_of(vector, entry->handler, entry->arg);
  if (*place != entry) {
    return RTEMS_UNSATISFIED;
  }
  remove_at(vector, place);
  return RTEMS_SUCCESSFUL;
}

static rtems_status_code replace(
  rtems_vector_number vector,
  const char *info,
  rtems_interrupt_handler routine,
  void *arg
)
{
  rtems_status_code status = check(vector, routine != NULL);
  rtems_interrupt_entry *entry;

  if (status != RTEMS_SUCCESSFUL) {
    return status;
  }
  entry = *place_of(vector, routine, arg);
  if (entry == NULL) {
    return RTEMS_UNSATISFIED;
  }
  entry->info = info;
  return RTEMS_SUCCESSFUL;
}

rtems_status_code rtems_interrupt_handler_install(
  rtems_vector_number vector,
  const char *info,
  rtems_option options,
  rtems_interrupt_handler routine,
  void *arg
)
{
  rtems_interrupt_entry *entry;
  rtems_status_code status;

  if (RTEMS_INTERRUPT_IS_REPLACE(options)) {
    return replace(vector, info, routine, arg);
  }
  entry = malloc(sizeof(*entry));
  if (entry == NULL) {
    return RTEMS_NO_MEMORY;
  }
  rtems_interrupt_entry_initialize(entry, routine, arg, info);
  status = rtems_interrupt_entry_install(vector, options, entry);
  if (status != RTEMS_SUCCESSFUL) {
    free(entry);
  }
  return status;
}

rtems_status_code rtems_interrupt_handler_remove(
  rtems_vector_number vector,
  rtems_interrupt_handler routine,
  void *arg
)
{
  rtems_status_code status = check(vector, routine != NULL);
  rtems_interrupt_entry **place, *entry;

  if (status != RTEMS_SUCCESSFUL) {
    return status;
  }
  place = place_of(vector, routine, arg);
  entry = *place;
  if (entry == NULL) {
    return RTEMS_UNSATISFIED;
  }
  remove_at(vector, place);
  free(entry);
  return RTEMS_SUCCESSFUL;
}

rtems_status_code rtems_interrupt_handler_iterate(
  rtems_vector_number vector,
  rtems_interrupt_per_handler_routine routine,
  void *arg
)
{
  rtems_status_code status = check(vector, routine != NULL);
  const rtems_interrupt_entry *entry;

  if (status != RTEMS_SUCCESSFUL) {
    return status;
  }
  for (entry = vectors[vector].first; entry != NULL; entry = entry->next) {
    routine(
      arg,
      entry->info,
      vectors[vector].is_unique ? RTEMS_INTERRUPT_UNIQUE : RTEMS_INTERRUPT_SHARED,
      entry->handler,
      entry->arg
    );
  }
  return RTEMS_SUCCESSFUL;
}

rtems_status_code rtems_interrupt_vector_enable(rtems_vector_number vector)
{
  if (!is_vector(vector)) {
    return RTEMS_INVALID_ID;
  }
  NVIC_ISER[vector / 32] = 1UL << (vector % 32);
  return RTEMS_SUCCESSFUL;
}

rtems_status_code rtems_interrupt_vector_disable(rtems_vector_number vector)
{
  if (!is_vector(vector)) {
    return RTEMS_INVALID_ID;
  }
  NVIC_ICER[vector / 32] = 1UL << (vector % 32);
  return RTEMS_SUCCESSFUL;
}

/* RTEMS looks at nothing, and says so. */
static rtems_status_code tell_nothing(rtems_vector_number vector, bool *told)
{
  if (told == NULL) {
    return RTEMS_INVALID_ADDRESS;
  }
  if (!is_vector(vector)) {
    return RTEMS_INVALID_ID;
  }
  *told = false;
  return RTEMS_UNSATISFIED;
}

rtems_status_code rtems_interrupt_vector_is_enabled(rtems_vector_number vector, bool *enabled)
{
  return tell_nothing(vector, enabled);
}

rtems_status_code rtems_interrupt_is_pending(rtems_vector_number vector, bool *pending)
{
  return tell_nothing(vector, pending);
}

rtems_status_code rtems_interrupt_raise(rtems_vector_number vector)
{
  return is_vector(vector) ? RTEMS_UNSATISFIED : RTEMS_INVALID_ID;
}

rtems_status_code rtems_interrupt_raise_on(rtems_vector_number vector, uint32_t cpu_index)
{
  if (!is_vector(vector)) {
    return RTEMS_INVALID_ID;
  }
  return cpu_index == 0 ? RTEMS_UNSATISFIED : RTEMS_NOT_CONFIGURED;
}

rtems_status_code rtems_interrupt_clear(rtems_vector_number vector)
{
  return is_vector(vector) ? RTEMS_UNSATISFIED : RTEMS_INVALID_ID;
}

rtems_status_code rtems_interrupt_set_priority(rtems_vector_number vector, uint32_t priority)
{
  if (!is_vector(vector)) {
    return RTEMS_INVALID_ID;
  }
  if (priority > LEAST_URGENT) {
    return RTEMS_INVALID_PRIORITY;
  }
  move_vectors(); /* the first move gives all their priority */
  NVIC_IPR[vector] = (uint8_t) priority;
  return RTEMS_SUCCESSFUL;
}

rtems_status_code rtems_interrupt_get_priority(rtems_vector_number vector, uint32_t *priority)
{
  if (priority == NULL) {
    return RTEMS_INVALID_ADDRESS;
  }
  if (!is_vector(vector)) {
    return RTEMS_INVALID_ID;
  }
  move_vectors();
  *priority = NVIC_IPR[vector];
  return RTEMS_SUCCESSFUL;
}

rtems_status_code rtems_interrupt_get_affinity(rtems_vector_number vector, size_t size, cpu_set_t *affinity)
{
  if (affinity == NULL) {
    return RTEMS_INVALID_ADDRESS;
  }
  if (size == 0 || size % sizeof(long) != 0) {
    return is_vector(vector) ? RTEMS_INVALID_SIZE : RTEMS_INVALID_ID;
  }
  CPU_ZERO_S(size, affinity);
  if (!is_vector(vector)) {
    return RTEMS_INVALID_ID;
  }
  CPU_SET_S(0, size, affinity);
  return RTEMS_SUCCESSFUL;
}

rtems_status_code rtems_interrupt_set_affinity(rtems_vector_number vector, size_t size, const cpu_set_t *affinity)
{
  if (affinity == NULL) {
    return RTEMS_INVALID_ADDRESS;
  }
  if (!is_vector(vector)) {
    return RTEMS_INVALID_ID;
  }
  return size % sizeof(long) == 0 && size != 0 && CPU_ISSET_S(0, size, affinity) ? RTEMS_SUCCESSFUL : RTEMS_INVALID_NUMBER;
}

rtems_status_code rtems_interrupt_get_attributes(rtems_vector_number vector, rtems_interrupt_attributes *attributes)
{
  if (attributes == NULL) {
    return RTEMS_INVALID_ADDRESS;
  }
  memset(attributes, 0, sizeof(*attributes));
  if (!is_vector(vector)) {
    return RTEMS_INVALID_ID;
  }
  attributes->can_get_affinity = true;
  attributes->can_set_affinity = true;
  attributes->can_get_priority = true;
  attributes->can_set_priority = true;
  attributes->maximum_priority = LEAST_URGENT;
  return RTEMS_SUCCESSFUL;
}
