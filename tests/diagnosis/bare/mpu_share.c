/* Two unprivileged tasks, each with its own region; a switch by SVC loads the region of the next. */

#include "board.h"

struct task {
  uint32_t *sp;
  uint32_t region;
};

static uint32_t stack_a[128] __attribute__((aligned(512)));
static uint32_t stack_b[128] __attribute__((aligned(512)));
static uint32_t shared_words[8] __attribute__((aligned(32)));
static struct task a, b;
struct task *task_now;

#define RASR_STACK (0x13000000u | 8u << 1 | 1)
#define RASR_SHARED (0x13000000u | 4u << 1 | 1)
#define RASR_FLASH (0x06000000u | 17u << 1 | 1)

static void region(uint32_t number, uint32_t base, uint32_t rasr)
{
  MPU_RNR = number;
  MPU_RBAR = base;
  MPU_RASR = rasr;
}

__attribute__((used)) static uint32_t *switch_tasks(uint32_t *sp)
{
  task_now->sp = sp;
  task_now = task_now == &a ? &b : &a;
  region(1, task_now->region, RASR_STACK);
  return task_now->sp;
}

__attribute__((naked)) void SVC_Handler(void)
{
  __asm volatile(
    "mrs r0, psp\n\t"
    "stmdb r0!, {r4-r11}\n\t"
    "push {r4, lr}\n\t"
    "bl switch_tasks\n\t"
    "pop {r4, lr}\n\t"
    "ldmia r0!, {r4-r11}\n\t"
    "msr psp, r0\n\t"
    "bx lr");
}

static void yield(void)
{
  __asm volatile("svc 0" ::: "memory");
}

static void task_a(void)
{
  uint32_t rounds = 0;

  for (;;) {
    shared_words[0] = (uint32_t) &rounds;
    ++rounds;
    yield();
  }
}

static void task_b(void)
{
  for (uint32_t turn = 0;; ++turn) {
    if (turn == 3) {
      volatile uint32_t *other = (volatile uint32_t *) shared_words[0];

      *other += 10;
    }
    yield();
  }
}

static void create(struct task *task, uint32_t *stack, void (*entry)(void))
{
  uint32_t *top = stack + 128;

  *--top = 0x01000000;
  *--top = (uint32_t) entry;
  task->sp = top - 6 - 8;
  task->region = (uint32_t) stack;
}

int main(void)
{
  create(&a, stack_a, task_a);
  create(&b, stack_b, task_b);
  task_now = &a;
  SCB_SHCSR |= SHCSR_FAULTS;
  region(0, 0, RASR_FLASH);
  region(1, (uint32_t) stack_a, RASR_STACK);
  region(2, (uint32_t) shared_words, RASR_SHARED);
  MPU_CTRL = 5;
  __asm volatile("msr psp, %0\n\tmsr control, %1\n\tisb" : : "r"(stack_a + 128), "r"(3) : "memory");
  task_a();
  return 0;
}
