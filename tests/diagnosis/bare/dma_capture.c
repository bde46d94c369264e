/* A capture engine stores samples where it was told, one at each tick, whether somebody still wants them or not. */

#include "board.h"

static struct {
  uint32_t *destination;
  volatile uint32_t remaining;
} engine;

static uint32_t filtered;

void SysTick_Handler(void)
{
  static uint32_t sample = 0x600DF00D;

  if (engine.remaining > 0) {
    --engine.remaining;
    *engine.destination++ = sample++;
  }
}

static void start_capture(uint32_t *to, uint32_t count)
{
  engine.destination = to;
  engine.remaining = count;
}

static int capture(uint32_t count, uint32_t patience)
{
  uint32_t samples[12];

  start_capture(samples, count);
  while (engine.remaining > 0) {
    if (patience-- == 0) {
      return -1;
    }
  }
  for (uint32_t i = 0; i < count; ++i) {
    filtered += samples[i] / count;
  }
  return 0;
}

static uint32_t idle(uint32_t rounds)
{
  uint32_t sum = 0;

  for (uint32_t i = 0; i < rounds; ++i) {
    sum = sum * 5 + 1;
  }
  return sum;
}

static uint32_t process(uint32_t depth)
{
  volatile uint32_t local[2] = { depth, 0 };

  if (depth == 0) {
    return idle(8000);
  }
  local[1] = process(depth - 1);
  return local[0] + local[1];
}

int main(void)
{
  SYST_RVR = 700;
  SYST_CVR = 0;
  SYST_CSR = 7;
  if (capture(12, 50) != 0) {
    print("capture: too slow\n");
  }
  print_number("done ", (long) process(4));
  return 0;
}
