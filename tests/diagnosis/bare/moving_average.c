/* A moving average over the last eight samples, and the filter that it belongs to. */

#include "board.h"

struct filter {
  uint32_t samples[8];
  const uint32_t *weights;
  uint32_t next;
};

static const uint32_t weights[8] = { 1, 1, 2, 2, 2, 2, 1, 1 };
static struct filter filter = { .weights = weights };

static void __attribute__((noinline)) put(struct filter *to, uint32_t sample)
{
  to->samples[to->next] = sample;
  to->next = to->next == 8 ? 0 : to->next + 1;
}

static uint32_t __attribute__((noinline)) average(const struct filter *of)
{
  uint32_t sum = 0;

  for (uint32_t i = 0; i < 8; ++i) {
    sum += of->samples[i] * of->weights[i];
  }
  return sum / 12;
}

int main(void)
{
  uint32_t last = 0;

  for (uint32_t i = 0; i < 20; ++i) {
    put(&filter, 0x90000000u + 17 * i);
    last = average(&filter);
  }
  print_number("average ", (long) last);
  return 0;
}
