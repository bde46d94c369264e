/* Microseconds since the start as 64 bits. The tick's handler counts, everybody reads. */

#include "board.h"

static volatile uint64_t microseconds;
static uint32_t measurements;

void SysTick_Handler(void)
{
  microseconds += 0x40000000u;
}

static uint32_t low_word(void)
{
  return (uint32_t) microseconds;
}

static uint32_t high_word(void)
{
  return (uint32_t) (microseconds >> 32);
}

static uint64_t now(void)
{
  uint32_t high = high_word();

  return (uint64_t) high << 32 | low_word();
}

static void require(int condition)
{
  if (!condition) {
    print("time goes backwards\n");
    leave(4);
  }
}

static void measure(void)
{
  uint64_t before = now();
  uint64_t after = now();

  require(after >= before);
  ++measurements;
}

int main(void)
{
  SYST_RVR = 96;
  SYST_CVR = 0;
  SYST_CSR = 7;
  for (uint32_t i = 0; i < 50000; ++i) {
    measure();
  }
  print_number("measurements ", (long) measurements);
  return 0;
}
