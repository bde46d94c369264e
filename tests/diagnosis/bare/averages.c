/* Averages of channels over a window. A channel that is off has no samples. */

#include "board.h"

struct channel {
  const char *name;
  uint8_t enabled;
  uint16_t count;
  int32_t sum;
};

static struct channel channels[] = {
  { "supply", 1, 0, 0 },
  { "motor", 1, 0, 0 },
  { "spare", 0, 0, 0 },
};

#define CHANNELS (sizeof channels / sizeof channels[0])

static void collect(uint16_t samples)
{
  for (uint16_t n = 0; n < samples; ++n) {
    for (unsigned i = 0; i < CHANNELS; ++i) {
      if (channels[i].enabled) {
        channels[i].sum += (int32_t) (n * (i + 3));
        ++channels[i].count;
      }
    }
  }
}

static int32_t average(const struct channel *channel)
{
  return channel->sum / channel->count;
}

static void print_averages(void)
{
  for (unsigned i = 0; i < CHANNELS; ++i) {
    print(channels[i].name);
    print_number(" ", average(&channels[i]));
  }
}

int main(void)
{
  SCB_CCR |= CCR_DIV_0_TRP;
  collect(20);
  print_averages();
  return 0;
}
