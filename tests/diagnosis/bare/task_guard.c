/* A kernel whose switch moves a guard region of the MPU below the stack of the task that runs. */

#include "board.h"

#define TASKS 2
#define STACK_BYTES 1024
#define GUARD_BYTES 32

struct task {
  uint32_t *sp;
  uint8_t *stack;
};

static uint8_t stack_blink[STACK_BYTES] __attribute__((aligned(32)));
static uint8_t stack_parse[STACK_BYTES] __attribute__((aligned(32)));
static struct task tasks[TASKS];
struct task *running;
static volatile uint32_t blinks, depth_reached;

static void set_guard(const uint8_t *stack)
{
  MPU_RNR = 0;
  MPU_RBAR = (uint32_t) stack;
  MPU_RASR = 1u << 28 | 4u << 1 | 1; /* 32 bytes, nobody, never code */
}

__attribute__((used)) static void next_task(void)
{
  running = running == &tasks[0] ? &tasks[1] : &tasks[0];
  set_guard(running->stack);
}

void SysTick_Handler(void)
{
  SCB_ICSR = ICSR_PENDSVSET;
}

__attribute__((naked)) void PendSV_Handler(void)
{
  __asm volatile(
    "mrs r0, psp\n\t"
    "stmdb r0!, {r4-r11}\n\t"
    "ldr r1, =running\n\t"
    "ldr r2, [r1]\n\t"
    "str r0, [r2]\n\t"
    "push {r4, lr}\n\t"
    "bl next_task\n\t"
    "pop {r4, lr}\n\t"
    "ldr r1, =running\n\t"
    "ldr r2, [r1]\n\t"
    "ldr r0, [r2]\n\t"
    "ldmia r0!, {r4-r11}\n\t"
    "msr psp, r0\n\t"
    "bx lr\n\t"
    ".ltorg");
}

static void blink_task(void)
{
  for (;;) {
    ++blinks;
  }
}

static uint32_t expression(const char *text, uint32_t depth)
{
  volatile uint32_t value[4] = { depth, 1, 2, 3 };

  depth_reached = depth;
  if (*text == '(') {
    return value[1] + expression(text + 1, depth + 1);
  }
  return value[depth & 3];
}

static void parse_task(void)
{
  for (;;) {
    expression("((((1", 0);
    expression("((((((((((((((((((((((((((((((((((((1", 0);
  }
}

static void create(unsigned index, uint8_t *stack, void (*entry)(void))
{
  uint32_t *sp = (uint32_t *) (stack + STACK_BYTES);

  *--sp = 0x01000000;
  *--sp = (uint32_t) entry;
  *--sp = 0;
  sp -= 5 + 8;
  tasks[index].sp = sp;
  tasks[index].stack = stack;
}

int main(void)
{
  create(0, stack_blink, blink_task);
  create(1, stack_parse, parse_task);
  running = &tasks[0];
  set_guard(stack_blink);
  MPU_CTRL = 5;
  SCB_SHCSR |= SHCSR_FAULTS;
  SCB_SHPR(14) = 0xFF;
  __asm volatile("msr psp, %0\n\tmsr control, %1\n\tisb" : : "r"(stack_blink + STACK_BYTES), "r"(2));
  SYST_RVR = 1500;
  SYST_CVR = 0;
  SYST_CSR = 7;
  blink_task();
  return 0;
}
