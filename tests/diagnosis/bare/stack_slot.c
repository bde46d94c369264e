/* Starts a worker on a stack of its own by an exception return. The room for its first frame is counted in words. */

#include "board.h"

#define STACK_WORDS 256

struct frame {
  uint32_t r0, r1, r2, r3, r12, lr, pc, xpsr;
};

struct worker {
  uint32_t *sp;
  uint32_t rounds;
};

static uint32_t stack[STACK_WORDS];
static struct worker worker;
struct worker *current;

static void worker_ended(void)
{
  for (;;) {
    wait_for_interrupt();
  }
}

static void count_rounds(void)
{
  while (worker.rounds < 50) {
    ++worker.rounds;
  }
  leave(0);
}

__attribute__((naked)) void SVC_Handler(void)
{
  __asm volatile("ldr r0, =current\n"
                 "ldr r0, [r0]\n"
                 "ldr r0, [r0]\n"
                 "msr psp, r0\n"
                 "mvn lr, #2\n"
                 "bx lr\n"
                 ".ltorg\n");
}

static void prepare(struct worker *one, void (*entry)(void))
{
  struct frame *frame = (struct frame *) (stack + STACK_WORDS) - 1;

  frame->pc = (uint32_t) entry;
  frame->lr = (uint32_t) worker_ended;
  frame->xpsr = 0x01000000;
  one->sp = stack + STACK_WORDS - sizeof *frame;
}

int main(void)
{
  prepare(&worker, count_rounds);
  current = &worker;
  __asm volatile("svc #0" ::: "memory");
  return 1;
}
