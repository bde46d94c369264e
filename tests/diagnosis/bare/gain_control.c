/* Gain control: the main loop picks a step of a table by a float, the tick smooths its input with floats, too. */

#include "board.h"

#define FPCCR REGISTER(0xE000EF34)

typedef void (*action)(float amount);

static volatile float level = 0.5f;
static volatile uint32_t applied;

static void lower(float amount)
{
  level -= amount;
  ++applied;
}

static void keep(float amount)
{
  (void) amount;
  ++applied;
}

static void raise(float amount)
{
  level += amount;
  ++applied;
}

static const action actions[3] = { lower, keep, raise };

void SysTick_Handler(void)
{
  float smooth = level;

  for (unsigned i = 0; i < 4; ++i) {
    smooth = smooth * 1.5f + 80000.0f;
  }
  if (smooth < 0.0f) {
    level = 0.0f;
  }
}

static unsigned step_for(float value)
{
  float position = value;

  for (unsigned i = 0; i < 30; ++i) {
    position = position * 0.5f + 0.5f;
  }
  return (unsigned) position;
}

static __attribute__((noinline)) void regulate(unsigned rounds)
{
  for (unsigned i = 0; i < rounds; ++i) {
    unsigned step = step_for(level);

    actions[step](0.01f);
  }
}

int main(void)
{
  SCB_CPACR = 0xFu << 20;
  __asm volatile("dsb\n\tisb");
  FPCCR = 0; /* no automatic or lazy stacking: shorter interrupts */
  SYST_RVR = 1777;
  SYST_CVR = 0;
  SYST_CSR = 7;
  regulate(400);
  print_number("applied ", (long) applied);
  return 0;
}
