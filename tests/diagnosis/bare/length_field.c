/* A frame has a length, of its header and its data; the data is copied to where it is worked on. */

#include "board.h"

#include <string.h>

#define HEADER 4

struct station {
  uint8_t data[16];
  uint32_t *counters;
  uint32_t good;
};

static uint32_t counters[4];
static struct station station = { .counters = counters };
static const uint8_t frames[2][256] = { { 12, 1, 7, 7, 'h', 'e', 'l', 'l', 'o' }, { 3, 1, 9, 9, [4 ... 255] = 0xE5 } };

static void __attribute__((noinline)) take(struct station *to, const uint8_t *frame)
{
  uint8_t length = (uint8_t) (frame[0] - HEADER);

  memcpy(to->data, frame + HEADER, length & 31);
  ++to->good;
}

static void __attribute__((noinline)) count(struct station *of, uint32_t kind)
{
  ++of->counters[kind];
}

int main(void)
{
  for (uint32_t i = 0; i < 2; ++i) {
    take(&station, frames[i]);
    count(&station, 1);
  }
  print_number("good ", (long) station.good);
  return 0;
}
