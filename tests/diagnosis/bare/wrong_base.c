/* Timers of two kinds are started by one function; a table says where each is. */

#include "board.h"

struct timer_registers {
  volatile uint32_t control, value, reload, clear;
};

struct timer {
  const char *name;
  uint32_t base;
};

static const struct timer timers[] = {
  { "tick", 0x40000000 },
  { "timeout", 0x40001000 },
  { "blink", 0x5000A000 },
};

static void __attribute__((noinline)) start(uint32_t base, uint32_t period)
{
  struct timer_registers *registers = (struct timer_registers *) base;

  registers->reload = period;
  registers->control = 1;
}

int main(void)
{
  for (uint32_t i = 0; i < sizeof timers / sizeof timers[0]; ++i) {
    start(timers[i].base, 1000 * (i + 1));
    print(timers[i].name);
  }
  return 0;
}
