/* A fast interrupt handler in assembly counts edges while main() sums a table up. */

#include "board.h"

static uint32_t table[64];
volatile uint32_t edges;

__attribute__((naked)) void TIMER0_Handler(void)
{
  __asm volatile(
    "ldr r4, =edges\n"
    "ldr r5, [r4]\n"
    "adds r5, #1\n"
    "str r5, [r4]\n"
    "ldr r4, =0x4000000c\n"
    "movs r5, #1\n"
    "str r5, [r4]\n"
    "bx lr\n"
    ".ltorg");
}

static uint32_t __attribute__((noinline)) weigh(const uint32_t *values, uint32_t count)
{
  uint32_t sum = 0;

  for (uint32_t round = 0; round < 500; ++round) {
    for (uint32_t i = 0; i < count; ++i) {
      sum += values[i] ^ (sum << 3) ^ round;
    }
  }
  return sum;
}

static void fill(uint32_t *values, uint32_t count)
{
  for (uint32_t i = 0; i < count; ++i) {
    values[i] = i * i;
  }
}

int main(void)
{
  fill(table, 64);
  timer_start(0, 3001);
  NVIC_ISER0 = 1u << TIMER0_IRQ;
  print_number("weight ", (long) weigh(table, 64));
  return 0;
}
