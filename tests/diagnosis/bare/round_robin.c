/* A small preemptive kernel: SysTick, PendSV, round robin. One of its tasks formats a page for a display. */

#include "board.h"

#define TASKS 3
#define STACK_WORDS 128

struct tcb {
  uint32_t *sp;
  const char *name;
  uint32_t runs;
};

static uint32_t stacks[TASKS][STACK_WORDS] __attribute__((aligned(8)));
static struct tcb tasks[TASKS];
struct tcb *current;
static volatile uint32_t sensor_value, page_sum, log_count;

void SysTick_Handler(void)
{
  SCB_ICSR = ICSR_PENDSVSET;
}

__attribute__((used)) static void schedule(void)
{
  ++current->runs;
  current = current == &tasks[TASKS - 1] ? &tasks[0] : current + 1;
}

__attribute__((naked)) void PendSV_Handler(void)
{
  __asm volatile(
    "mrs r0, psp\n\t"
    "stmdb r0!, {r4-r11}\n\t"
    "ldr r1, =current\n\t"
    "ldr r2, [r1]\n\t"
    "str r0, [r2]\n\t"
    "push {r1, lr}\n\t"
    "bl schedule\n\t"
    "pop {r1, lr}\n\t"
    "ldr r2, [r1]\n\t"
    "ldr r0, [r2]\n\t"
    "ldmia r0!, {r4-r11}\n\t"
    "msr psp, r0\n\t"
    "bx lr\n\t"
    ".ltorg");
}

static void sensor_task(void)
{
  for (;;) {
    sensor_value = sensor_value * 5 + 1;
  }
}

static uint32_t checksum(const uint8_t *bytes, unsigned count)
{
  uint32_t sum = 0;

  while (count-- > 0) {
    sum = (sum << 1) + *bytes++;
  }
  return sum;
}

static void render(uint32_t value)
{
  uint8_t page[480];

  for (unsigned i = 0; i < sizeof page; ++i) {
    page[i] = (uint8_t) (value >> (i & 7));
  }
  page_sum = checksum(page, sizeof page);
}

static void display_task(void)
{
  for (;;) {
    render(sensor_value);
  }
}

static void log_task(void)
{
  for (;;) {
    ++log_count;
  }
}

static void create(unsigned index, const char *name, void (*entry)(void))
{
  uint32_t *sp = stacks[index] + STACK_WORDS;

  *--sp = 0x01000000;
  *--sp = (uint32_t) entry;
  *--sp = 0; /* nobody to return to */
  sp -= 5 + 8;
  tasks[index].sp = sp;
  tasks[index].name = name;
}

int main(void)
{
  create(0, "sensor", sensor_task);
  create(1, "display", display_task);
  create(2, "log", log_task);
  current = &tasks[0];
  SCB_SHPR(14) = 0xFF;
  SCB_SHPR(15) = 0xE0;
  SYST_RVR = 2000;
  SYST_CVR = 0;
  __asm volatile("msr psp, %0\n\tmsr control, %1\n\tisb" : : "r"(stacks[0] + STACK_WORDS), "r"(2));
  SYST_CSR = 7;
  sensor_task();
  return 0;
}
