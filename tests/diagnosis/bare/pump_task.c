/* A task that runs a pump until it is told to stop. A task that ends is caught, as kernels do, and halts the part. */

#include "board.h"

#define STACK_WORDS 128

struct frame {
  uint32_t r0, r1, r2, r3, r12, lr, pc, xpsr;
};

static uint32_t stack[STACK_WORDS];
static volatile uint32_t level = 40, strokes, halted;
uint32_t *first_sp;

__attribute__((noinline)) static void halt(uint32_t code)
{
  halted = code;
  interrupts_off();
  for (;;) {
  }
}

__attribute__((noinline)) static void task_exit_error(void)
{
  if (halted == 0) {
    halt(0xdead);
  }
  level = 0;
}

__attribute__((noinline)) static uint32_t stroke(uint32_t before)
{
  ++strokes;
  return before - (before > 12 ? 3 : before);
}

static void pump(void *argument)
{
  volatile uint32_t *tank = argument;

  while (*tank > 0) {
    *tank = stroke(*tank);
  }
  strokes += 1000;
}

__attribute__((naked)) void SVC_Handler(void)
{
  __asm volatile("ldr r0, =first_sp\n"
                 "ldr r0, [r0]\n"
                 "msr psp, r0\n"
                 "mvn lr, #2\n"
                 "bx lr\n"
                 ".ltorg\n");
}

int main(void)
{
  struct frame *frame = (struct frame *) (stack + STACK_WORDS) - 1;

  frame->r0 = (uint32_t) &level;
  frame->pc = (uint32_t) pump;
  frame->lr = (uint32_t) task_exit_error;
  frame->xpsr = 0x01000000;
  first_sp = (uint32_t *) frame;
  __asm volatile("svc #0" ::: "memory");
  return 1;
}
