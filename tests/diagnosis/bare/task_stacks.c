/* A round-robin kernel of one's own: tasks on PSP, a tick, PendSV switches. Each task has a small stack in its block. */

#include "board.h"

#define TASKS 2
#define STACK_WORDS 48

struct task {
  uint32_t *sp;
  const char *name;
  void (*step)(struct task *);
  uint32_t stack[STACK_WORDS];
};

static struct task tasks[TASKS];
struct task *current;
static volatile uint32_t rounds;
static volatile float mean = 1.0f;

static void count(struct task *task)
{
  (void) task;
  ++rounds;
}

static void average(struct task *task)
{
  float a = mean, b = a * 0.5f, c = b + 1.0f, d = c * a, e = d - b, f = e * 0.25f;

  (void) task;
  mean = (a + b + c + d + e + f) * 0.125f;
}

static void run_task(void)
{
  for (;;) {
    current->step(current);
  }
}

void next_task(void);

void next_task(void)
{
  current = current == &tasks[0] ? &tasks[1] : &tasks[0];
}

__attribute__((naked)) void PendSV_Handler(void)
{
  __asm volatile("mrs r0, psp\n"
                 "tst lr, #0x10\n"
                 "it eq\n"
                 "vstmdbeq r0!, {s16-s31}\n"
                 "stmdb r0!, {r4-r11, lr}\n"
                 "ldr r4, =current\n"
                 "ldr r1, [r4]\n"
                 "str r0, [r1]\n"
                 "bl next_task\n"
                 "ldr r1, [r4]\n"
                 "ldr r0, [r1]\n"
                 "ldmia r0!, {r4-r11, lr}\n"
                 "tst lr, #0x10\n"
                 "it eq\n"
                 "vldmiaeq r0!, {s16-s31}\n"
                 "msr psp, r0\n"
                 "bx lr\n"
                 ".ltorg\n");
}

void SysTick_Handler(void)
{
  SCB_ICSR = ICSR_PENDSVSET;
}

static void make_task(struct task *task, const char *name, void (*step)(struct task *))
{
  uint32_t *frame = task->stack + STACK_WORDS - 8;

  task->name = name;
  task->step = step;
  frame[6] = (uint32_t) run_task & ~1u;
  frame[7] = 0x01000000;
  frame -= 9;
  frame[8] = 0xFFFFFFFD;
  task->sp = frame;
}

int main(void)
{
  SCB_CPACR |= 0xFu << 20;
  make_task(&tasks[0], "count", count);
  make_task(&tasks[1], "average", average);
  current = &tasks[0];
  SCB_SHPR(14) = 0xFF;
  SYST_RVR = 1999;
  SYST_CVR = 0;
  SYST_CSR = 7;
  __asm volatile("msr psp, %0\n\tmovs r0, #2\n\tmsr control, r0\n\tisb" : : "r"(tasks[0].stack + STACK_WORDS) : "r0");
  run_task();
  return 0;
}
