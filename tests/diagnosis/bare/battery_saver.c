/* A level meter in floating point; the power manager turns off what is not needed. */

#include "board.h"

static volatile float level;
static volatile uint32_t ticks;
static uint32_t idle_rounds;

static void fpu_power(unsigned on)
{
  uint32_t value = SCB_CPACR;

  value &= ~(15u << 20);
  if (on) {
    value |= 15u << 20;
  }
  SCB_CPACR = value;
  __asm volatile("dsb\n\tisb" ::: "memory");
}

static void smooth(float sample)
{
  level = level * 0.75f + sample * 0.25f;
}

void SysTick_Handler(void)
{
  ++ticks;
  smooth((float) (ticks & 15));
}

static void save_power(void)
{
  if (++idle_rounds > 6) {
    fpu_power(0);
  }
}

int main(void)
{
  fpu_power(1);
  SYST_RVR = 2000;
  SYST_CVR = 0;
  SYST_CSR = 7;
  while (ticks < 20) {
    wait_for_interrupt();
    save_power();
  }
  print_number("level ", (long) level);
  return 0;
}
