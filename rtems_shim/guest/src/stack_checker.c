/*
 * How much of the stacks is used. With CONFIGURE_STACK_CHECKER_ENABLED the kernel fills each thread's stack, the pattern
 * at its lowest end not counted; the interrupt stack is zero at reset. [RTEMS 6: cpukit/libmisc/stackchk/check.c]
 */

#include <inttypes.h>

#include <rtems.h>
#include <rtems/printer.h>
#include <rtems/stackchk.h>

#include "internal.h"

#define PATTERN_SIZE 16
#define NAME_SIZE 22

extern uint32_t rtems_shim_interrupt_stack_begin[], rtems_shim_interrupt_stack_end[];

static uintptr_t used_of_interrupts(uintptr_t size)
{
  const uint32_t *word = rtems_shim_interrupt_stack_begin + PATTERN_SIZE / sizeof(*word);

  while (word < rtems_shim_interrupt_stack_end && *word == 0) {
    ++word;
    size -= sizeof(*word);
  }
  return size;
}

void rtems_stack_checker_iterate(rtems_stack_checker_visitor visit, void *arg)
{
  struct rtems_shim_thread_record record = { .id = 0 };
  const char *interrupts = (const char *) rtems_shim_interrupt_stack_begin;
  rtems_stack_checker_info info;
  char name[NAME_SIZE];
  bool is_filled = false;

  while (rtems_shim_thread_get(record.id, &record) != 0) {
    name[0] = '\0';
    (void) rtems_object_get_name(record.id, sizeof(name), name);
    is_filled = record.stack_used != UINT32_MAX;
    info = (rtems_stack_checker_info) {
      .id = record.id,
      .name = name,
      .begin = (const char *) record.stack_base + PATTERN_SIZE,
      .size = record.stack_size - PATTERN_SIZE,
      .current = (const void *) record.sp,
      .used = is_filled ? record.stack_used : UINTPTR_MAX
    };
    visit(&info, arg);
  }
  info = (rtems_stack_checker_info) {
    .name = "Interrupt Stack",
    .begin = interrupts + PATTERN_SIZE,
    .size = (uintptr_t) ((const char *) rtems_shim_interrupt_stack_end - interrupts) - PATTERN_SIZE
  };
  info.used = is_filled ? used_of_interrupts(info.size) : UINTPTR_MAX;
  visit(&info, arg);
}

static void print(const rtems_stack_checker_info *info, void *arg)
{
  rtems_printf(
    arg,
    "0x%08" PRIx32 " %-21s 0x%08" PRIxPTR " 0x%08" PRIxPTR " 0x%08" PRIxPTR " %6" PRIuPTR " ",
    info->id,
    info->name,
    (uintptr_t) info->begin,
    (uintptr_t) info->begin + info->size - 1,
    (uintptr_t) info->current,
    info->size
  );
  if (info->used == UINTPTR_MAX) {
    rtems_printf(arg, "N/A\n");
  } else {
    rtems_printf(arg, "%6" PRIuPTR "\n", info->used);
  }
}

void rtems_stack_checker_report_usage_with_plugin(const rtems_printer *printer)
{
  rtems_printf(
    printer,
    "                             STACK USAGE BY THREAD\n"
    "ID         NAME                  LOW        HIGH       CURRENT     AVAIL   USED\n"
  );
  rtems_stack_checker_iterate(print, RTEMS_DECONST(rtems_printer *, printer));
}

void rtems_stack_checker_report_usage(void)
{
  rtems_printer printer;

  rtems_print_printer_printk(&printer);
  rtems_stack_checker_report_usage_with_plugin(&printer);
}
