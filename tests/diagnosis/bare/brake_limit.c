/* A brake's controller: the clock's handler works with the kernel's interrupts held off, and so does whoever gives up. */

#include "board.h"

#define HELD_OFF 0x40

static volatile uint32_t pressure[16], ticks, applied;

static inline void hold_off(void)
{
  __asm volatile("msr basepri, %0\n isb" ::"r"(HELD_OFF) : "memory");
}

static inline void let_in(void)
{
  __asm volatile("msr basepri, %0" ::"r"(0) : "memory");
}

__attribute__((noinline)) static void give_up(void)
{
  hold_off();
  for (;;) {
  }
}

void SysTick_Handler(void)
{
  hold_off();
  for (uint32_t n = 0; n < 250; ++n) {
    pressure[n % 16] += n + ticks;
  }
  ++ticks;
  let_in();
}

static uint32_t limit_of(uint32_t speed)
{
  return speed < 80 ? 400 - speed * 5 : 0;
}

static void apply(uint32_t speed)
{
  uint32_t limit = limit_of(speed);

  if (limit == 0) {
    give_up();
  }
  applied += limit;
}

int main(void)
{
  SCB_SHPR(15) = 0xe0;
  SYST_RVR = 4000;
  SYST_CSR = 7;
  for (uint32_t speed = 0; speed < 200; ++speed) {
    uint32_t start = ticks;

    while (ticks < start + 3) {
    }
    apply(speed);
  }
  leave(0);
}
