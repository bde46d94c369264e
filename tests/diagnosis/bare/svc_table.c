/* System calls: the SVC handler finds the number behind the instruction's address and calls the service. */

#include "board.h"

static volatile uint32_t led_state, uptime;

static uint32_t service_led(uint32_t on)
{
  led_state = on;
  return led_state;
}

static uint32_t service_time(uint32_t unused)
{
  (void) unused;
  return ++uptime;
}

uint32_t (*const service_table[2])(uint32_t) = { service_led, service_time };

__attribute__((naked)) void SVC_Handler(void)
{
  __asm volatile(
    "mrs r12, msp\n\t"
    "ldr r1, [r12, #24]\n\t"
    "ldrb r1, [r1, #-2]\n\t"
    "ldr r2, =service_table\n\t"
    "ldr r2, [r2, r1, lsl #2]\n\t"
    "ldr r0, [r12]\n\t"
    "push {r4, r12}\n\t"
    "blx r2\n\t"
    "pop {r4, r12}\n\t"
    "str r0, [r12]\n\t"
    "bx lr\n\t"
    ".ltorg");
}

static inline uint32_t call_led(uint32_t on)
{
  register uint32_t r0 __asm("r0") = on;

  __asm volatile("svc 0" : "+r"(r0) : : "memory", "r1", "r2", "r3", "r12");
  return r0;
}

static inline uint32_t call_time(void)
{
  register uint32_t r0 __asm("r0") = 0;

  __asm volatile("svc 1" : "+r"(r0) : : "memory", "r1", "r2", "r3", "r12");
  return r0;
}

static void blink(unsigned times)
{
  while (times-- > 0) {
    call_led(times & 1);
  }
}

int main(void)
{
  blink(4);
  print_number("time ", (long) call_time());
  return 0;
}
