/* A voltage as text: the buffer has room for "12.3 V", and the value is not what was expected. */

#include <stdio.h>
#include <string.h>

#include "board.h"

struct channel {
  char label[10];
  uint16_t raw;
  const struct scale *scale;
};

struct scale {
  int32_t offset;
  int32_t factor;
};

static const struct scale volts = { 0, 3300 };
static struct channel channels[2] = {
  { "in", 2000, &volts },
  { "battery", 65535, &volts },
};

static int32_t millivolts(const struct channel *channel)
{
  return channel->scale->offset + (int32_t) channel->raw * channel->scale->factor / 4096;
}

static void label(struct channel *channel)
{
  char old[10];

  strcpy(old, channel->label);
  sprintf(channel->label, "%s %d mV", old, (int) millivolts(channel));
}

int main(void)
{
  int32_t sum = 0;

  for (unsigned turn = 0; turn < 2; ++turn) {
    for (unsigned i = 0; i < 2; ++i) {
      label(&channels[i]);
      sum += millivolts(&channels[i]);
    }
  }
  print_number("sum ", sum);
  return 0;
}
