/* Pulses of a flow meter are counted by an interrupt handler in assembly, on a Stellaris. */

#include "board.h"

volatile uint32_t pulses, overflows;

__attribute__((naked)) void IRQ1_Handler(void)
{
  __asm volatile(
    "push {r4, lr}\n\t"
    "ldr r1, =pulses\n\t"
    "ldr r0, [r1]\n\t"
    "adds r0, #1\n\t"
    "cmp r0, #10\n\t"
    "bge 1f\n\t"
    "str r0, [r1]\n\t"
    "pop {r4, pc}\n"
    "1:\n\t"
    "movs r0, #0\n\t"
    "str r0, [r1]\n\t"
    "ldr r1, =overflows\n\t"
    "ldr r0, [r1]\n\t"
    "adds r0, #1\n\t"
    "str r0, [r1]\n\t"
    "bx lr\n\t"
    ".pool");
}

static uint32_t filter(uint32_t x)
{
  static uint32_t history[4];
  static unsigned at;
  history[at++ & 3] = x;
  return (history[0] + history[1] + history[2] + history[3]) / 4;
}

static uint32_t measure(unsigned count)
{
  for (unsigned i = 0; i < count; ++i) {
    NVIC_ISPR0 = 1u << 1;
    __asm volatile("dsb\n\tisb" ::: "memory");
  }
  return filter(pulses);
}

int main(void)
{
  uint32_t flow = 0;
  NVIC_ISER0 = 1u << 1;
  for (unsigned i = 0; i < 6; ++i) flow += measure(3);
  print_number("flow ", (long) flow);
  return 0;
}
