/* Two tasks, switched by PendSV; one computes in floating point. The switcher keeps r4-r11 and nothing else. */

#include "board.h"

struct context {
  uint32_t *sp;
};

static uint32_t math_stack[200] __attribute__((aligned(8)));
static uint32_t count_stack[200] __attribute__((aligned(8)));
static struct context math, counter;
struct context *running;
static volatile float result;
static volatile uint32_t counts;

void SysTick_Handler(void)
{
  running->sp[0] += 0; /* touch: the task exists */
  SCB_ICSR = ICSR_PENDSVSET;
}

__attribute__((used)) static struct context *other(void)
{
  return running == &math ? &counter : &math;
}

__attribute__((naked)) void PendSV_Handler(void)
{
  __asm volatile(
    "mrs r0, psp\n\t"
    "stmdb r0!, {r4-r11}\n\t"
    "ldr r4, =running\n\t"
    "ldr r1, [r4]\n\t"
    "str r0, [r1]\n\t"
    "push {r4, lr}\n\t"
    "bl other\n\t"
    "pop {r4, lr}\n\t"
    "str r0, [r4]\n\t"
    "ldr r0, [r0]\n\t"
    "ldmia r0!, {r4-r11}\n\t"
    "msr psp, r0\n\t"
    "ldr lr, =0xfffffffd\n\t"
    "bx lr\n\t"
    ".ltorg");
}

static float integrate(float from, float step)
{
  float area = 0;

  for (unsigned i = 0; i < 400; ++i) {
    area += from * from * step;
    from += step;
  }
  return area;
}

static void math_task(void)
{
  for (;;) {
    result = integrate(0.5f, 0.01f);
  }
}

static void count_task(void)
{
  for (;;) {
    ++counts;
  }
}

static void prepare(struct context *context, uint32_t *top, void (*entry)(void))
{
  *--top = 0x01000000;
  *--top = (uint32_t) entry;
  top -= 6 + 8;
  context->sp = top;
}

int main(void)
{
  SCB_CPACR |= 0xF << 20;
  prepare(&math, math_stack + 200, math_task);
  prepare(&counter, count_stack + 200, count_task);
  running = &counter;
  SCB_SHPR(14) = 0xFF;
  __asm volatile("msr psp, %0\n\tmsr control, %1\n\tisb" : : "r"(count_stack + 200), "r"(2));
  SYST_RVR = 1500;
  SYST_CVR = 0;
  SYST_CSR = 7;
  count_task();
  return 0;
}
