/* Starts a task on its own stack by an exception return, as kernels do. Copied from a project for a part with an FPU. */

#include "board.h"

static uint32_t task_stack[128];
static volatile uint32_t work_done;

struct frame {
  uint32_t r0, r1, r2, r3, r12, lr, pc, xpsr;
};

static void task_ended(void)
{
  for (;;) {
    wait_for_interrupt();
  }
}

static void task(void)
{
  while (work_done < 100) {
    ++work_done;
  }
  leave(0);
}

__attribute__((naked)) void SVC_Handler(void)
{
  __asm volatile("ldr r0, =first_sp\n"
                 "ldr r0, [r0]\n"
                 "msr psp, r0\n"
                 "mvn lr, #0x12\n"
                 "bx lr\n"
                 ".ltorg\n");
}

uint32_t first_sp;

static void prepare(void (*entry)(void))
{
  struct frame *frame = (struct frame *) (task_stack + 128) - 1;

  frame->pc = (uint32_t) entry;
  frame->lr = (uint32_t) task_ended;
  frame->xpsr = 0x01000000;
  first_sp = (uint32_t) frame;
}

static void start_first_task(void)
{
  __asm volatile("svc #0" ::: "memory");
}

int main(void)
{
  prepare(task);
  start_first_task();
  return 1;
}
