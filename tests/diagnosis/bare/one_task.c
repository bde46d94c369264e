/* A small kernel: tasks with stacks of their own, round robin by SysTick. */

#include "board.h"

#define WORDS 160
#define TASKS 2

struct task {
  uint32_t *sp;
  const char *name;
  uint32_t stack[WORDS];
};

static struct task tasks[TASKS];
struct task *running;
static volatile uint32_t seconds, samples;

static void keep_time(void *argument)
{
  (void) argument;
  for (;;) {
    ++seconds;
    __asm volatile("" ::: "memory");
  }
}

static void take_samples(void *argument)
{
  uint32_t count = *(const uint32_t *) argument;

  while (samples < count) {
    ++samples;
  }
}

static void create(struct task *task, const char *name, void (*entry)(void *), const void *argument)
{
  uint32_t *sp = task->stack + WORDS;

  *--sp = 0x01000000;
  *--sp = (uint32_t) entry;
  *--sp = 0x14141414; /* lr */
  *--sp = 0x12121212;
  *--sp = 0x03030303;
  *--sp = 0x02020202;
  *--sp = 0x01010101;
  *--sp = (uint32_t) argument;
  for (unsigned i = 0; i < 8; ++i) {
    *--sp = 0x0b0b0b0b;
  }
  task->name = name;
  task->sp = sp;
}

uint32_t *switch_task(uint32_t *sp)
{
  running->sp = sp;
  running = running == &tasks[0] ? &tasks[1] : &tasks[0];
  return running->sp;
}

__attribute__((naked)) void SysTick_Handler(void)
{
  __asm volatile(
    "mrs r0, psp\n\t"
    "stmdb r0!, {r4-r11}\n\t"
    "push {r3, lr}\n\t"
    "bl switch_task\n\t"
    "pop {r3, lr}\n\t"
    "ldmia r0!, {r4-r11}\n\t"
    "msr psp, r0\n\t"
    "bx lr");
}

__attribute__((naked)) void SVC_Handler(void)
{
  __asm volatile(
    "ldr r0, =running\n\t"
    "ldr r0, [r0]\n\t"
    "ldr r0, [r0]\n\t"
    "ldmia r0!, {r4-r11}\n\t"
    "msr psp, r0\n\t"
    "mvn lr, #2\n\t"
    "bx lr");
}

int main(void)
{
  static const uint32_t count = 5000;

  create(&tasks[0], "time", keep_time, 0);
  create(&tasks[1], "samples", take_samples, &count);
  running = &tasks[0];
  SCB_SHPR(15) = 0xFF;
  SYST_RVR = 9999;
  SYST_CVR = 0;
  SYST_CSR = 7;
  __asm volatile("svc 0");
  return 0;
}
