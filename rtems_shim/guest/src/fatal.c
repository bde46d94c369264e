/* Fatal errors: the frame of an exception, the application's fatal extensions, and the end of the run. */

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rtems.h>
#include <rtems/bspIo.h>

#include "internal.h"

RTEMS_STATIC_ASSERT(
  sizeof(CPU_Exception_frame) == sizeof(struct rtems_shim_exception_frame),
  exception_frame_layout
);

#define CFSR (*(volatile uint32_t *) 0xE000ED28)
#define HFSR (*(volatile uint32_t *) 0xE000ED2C)
#define DFSR (*(volatile uint32_t *) 0xE000ED30)
#define MMFAR (*(volatile uint32_t *) 0xE000ED34)
#define BFAR (*(volatile uint32_t *) 0xE000ED38)

/* MUNSTKERR, MSTKERR, UNSTKERR, STKERR. */
#define CFSR_STACK_ERRORS (1UL << 3 | 1UL << 4 | 1UL << 11 | 1UL << 12)
#define EXC_RETURN_BASIC_FRAME (1UL << 4)
#define XPSR_ALIGNED (1UL << 9)
#define BASIC_FRAME_SIZE 0x20
#define EXTENDED_FRAME_SIZE 0x68

struct hardware_frame {
  uint32_t r0, r1, r2, r3, r12, lr, pc, xpsr;
};

void rtems_shim_report_exception(const struct hardware_frame *hardware, uint32_t exc_return, const uint32_t *r4_to_r11)
  __attribute__((noreturn));

Internal_errors_Information _Internal_errors_What_happened;

static bool fatal_in_progress;

/* The processor could not write the frame or read it back: neither can the code here. */
static bool frame_is_missing(void)
{
  return (CFSR & CFSR_STACK_ERRORS) != 0;
}

static void copy_hardware_frame(CPU_Exception_frame *frame, const struct hardware_frame *hardware)
{
  frame->register_r0 = hardware->r0;
  frame->register_r1 = hardware->r1;
  frame->register_r2 = hardware->r2;
  frame->register_r3 = hardware->r3;
  frame->register_r12 = hardware->r12;
  frame->register_lr = (void *) hardware->lr;
  frame->register_pc = (void *) hardware->pc;
  frame->register_xpsr = hardware->xpsr;
  frame->register_sp += (frame->exc_return & EXC_RETURN_BASIC_FRAME) ? BASIC_FRAME_SIZE : EXTENDED_FRAME_SIZE;
  frame->register_sp += (hardware->xpsr & XPSR_ALIGNED) ? 4 : 0;
}

static uint32_t active_exception(void)
{
  uint32_t exception;
  __asm__ volatile("mrs %0, ipsr" : "=r"(exception));
  return exception;
}

/* Handler mode, on the main stack; the memory map is that of the thread that was interrupted. */
void rtems_shim_report_exception(const struct hardware_frame *hardware, uint32_t exc_return, const uint32_t *r4_to_r11)
{
  CPU_Exception_frame frame;

  memset(&frame, 0, sizeof(frame));
  frame.vector = active_exception();
  frame.exc_return = exc_return;
  frame.cfsr = CFSR;
  frame.hfsr = HFSR;
  frame.mmfar = MMFAR;
  frame.bfar = BFAR;
  frame.dfsr = DFSR;
  memcpy(&frame.register_r4, r4_to_r11, 8 * sizeof(uint32_t));
  frame.register_sp = (uint32_t) hardware;
  if (!frame_is_missing()) {
    copy_hardware_frame(&frame, hardware);
  }
  rtems_shim_fatal_end(RTEMS_FATAL_SOURCE_EXCEPTION, (uintptr_t) &frame);
}

/* A fatal error inside a fatal extension ends the run without asking the extensions again. */
void rtems_shim_fatal_end(unsigned source, unsigned code)
{
  if (!fatal_in_progress) {
    fatal_in_progress = true;
    _Internal_errors_What_happened.the_source = (Internal_errors_Source) source;
    _Internal_errors_What_happened.the_error = code;
    rtems_shim_fatal_extensions(source, code);
    fflush(stdout);
  }
  rtems_shim_fatal(source, 0, code);
}

void _Terminate(Internal_errors_Source source, Internal_errors_t code)
{
  rtems_shim_fatal_end((unsigned) source, code);
}

void rtems_fatal(rtems_fatal_source source, rtems_fatal_code code)
{
  rtems_shim_fatal_end((unsigned) source, code);
}

void rtems_fatal_error_occurred(uint32_t code)
{
  rtems_shim_fatal_end(INTERNAL_ERROR_RTEMS_API, code);
}

void rtems_shutdown_executive(uint32_t status)
{
  rtems_shim_fatal_end(RTEMS_FATAL_SOURCE_EXIT, status);
}

void rtems_panic(const char *format, ...)
{
  va_list arguments;

  va_start(arguments, format);
  vprintk(format, arguments);
  va_end(arguments);
  rtems_shim_fatal_end(RTEMS_FATAL_SOURCE_PANIC, (uintptr_t) format);
}

/* assert() of the C library. */
void __assert_func(const char *file, int line, const char *function, const char *expression)
{
  const rtems_assert_context context = {
    .file = file,
    .line = line,
    .function = function,
    .failed_expression = expression
  };

  printk(
    "assertion \"%s\" failed: file \"%s\", line %d%s%s\n",
    expression,
    file,
    line,
    function != NULL ? ", function: " : "",
    function != NULL ? function : ""
  );
  rtems_shim_fatal_end(RTEMS_FATAL_SOURCE_ASSERT, (uintptr_t) &context);
}
