/* What the processor saves when an exception ends the run; struct rtems_shim_exception_frame is the same in words. */

#ifndef _RTEMS_SCORE_CPU_H
#define _RTEMS_SCORE_CPU_H

#include <rtems/score/basedefs.h>
#include <rtems/score/stack.h>

#ifdef __cplusplus
extern "C" {
#endif

#define CPU_SIMPLE_VECTORED_INTERRUPTS FALSE
#define CPU_ISR_PASSES_FRAME_POINTER FALSE
#define CPU_HARDWARE_FP FALSE
#define CPU_SOFTWARE_FP FALSE
#define CPU_ALL_TASKS_ARE_FP FALSE
#define CPU_IDLE_TASK_IS_FP FALSE
#define CPU_USE_DEFERRED_FP_SWITCH FALSE
#define CPU_ENABLE_ROBUST_THREAD_DISPATCH TRUE
#define CPU_STACK_GROWS_UP FALSE
#define CPU_STACK_ALIGNMENT 8
#define CPU_INTERRUPT_STACK_ALIGNMENT CPU_CACHE_LINE_BYTES
#define CPU_ALIGNMENT 8
#define CPU_HEAP_ALIGNMENT 8
#define CPU_STRUCTURE_ALIGNMENT RTEMS_ALIGNED(32)
#define CPU_SIZEOF_POINTER 4
#define CPU_CACHE_LINE_BYTES 32
#define CPU_BIG_ENDIAN FALSE
#define CPU_LITTLE_ENDIAN TRUE
#define CPU_MODES_INTERRUPT_MASK 0x1
#define CPU_MAXIMUM_PROCESSORS 1

typedef enum {
  ARM_EXCEPTION_RESET = 1,
  ARM_EXCEPTION_NMI = 2,
  ARM_EXCEPTION_HARD_FAULT = 3,
  ARM_EXCEPTION_MEMORY_MANAGEMENT = 4,
  ARM_EXCEPTION_BUS_FAULT = 5,
  ARM_EXCEPTION_USAGE_FAULT = 6
} Arm_symbolic_exception_name;

typedef struct {
  uint32_t register_r0;
  uint32_t register_r1;
  uint32_t register_r2;
  uint32_t register_r3;
  uint32_t register_r4;
  uint32_t register_r5;
  uint32_t register_r6;
  uint32_t register_r7;
  uint32_t register_r8;
  uint32_t register_r9;
  uint32_t register_r10;
  uint32_t register_r11;
  uint32_t register_r12;
  uint32_t register_sp;
  void *register_lr;
  void *register_pc;
  uint32_t register_xpsr;
  uint32_t vector;
  uint32_t exc_return;
  uint32_t cfsr;
  uint32_t hfsr;
  uint32_t mmfar;
  uint32_t bfar;
  uint32_t dfsr;
} CPU_Exception_frame;

static inline void _CPU_Thread_Idle_body_wait(void)
{
  __asm__ volatile("wfi");
}

#ifdef __cplusplus
}
#endif

#endif
