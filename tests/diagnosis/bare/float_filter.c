/* A low-pass filter in floating point, on a core whose FPU is off after reset. */

#include "board.h"

struct filter {
  float weight;
  float state;
};

static struct filter filter = { .weight = 0.125f };

static float step(struct filter *of, float input)
{
  of->state += of->weight * (input - of->state);
  return of->state;
}

static int to_celsius(uint16_t raw)
{
  return (int) (step(&filter, (float) raw * 0.0625f) + 0.5f);
}

static uint16_t sample(void)
{
  static uint16_t value = 300;

  value = (uint16_t) (value + 7);
  return value;
}

int main(void)
{
  int celsius = 0;

  print("filter\n");
  for (int i = 0; i < 50; ++i) {
    celsius = to_celsius(sample());
  }
  print_number("celsius ", celsius);
  return 0;
}
