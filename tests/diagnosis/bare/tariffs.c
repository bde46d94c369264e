/* A table of tariffs; the search for the right one forgets that there may be none. */

#include "board.h"

struct tariff {
  uint16_t from;
  uint16_t until;
  uint32_t *total;
};

static uint32_t day, evening;
static struct tariff tariffs[] = {
  { 6, 18, &day },
  { 18, 23, &evening },
};

static uint32_t scramble(uint32_t seed)
{
  uint32_t folded = 0;

  for (unsigned i = 0; i < 8; ++i) {
    seed = seed * 1664525 + 1013904223;
    folded ^= seed;
  }
  return folded;
}

static void charge(uint16_t hour, uint32_t units)
{
  struct tariff *tariff;

  for (unsigned i = 0; i < sizeof tariffs / sizeof tariffs[0]; ++i) {
    if (hour >= tariffs[i].from && hour < tariffs[i].until) {
      tariff = &tariffs[i];
    }
  }
  *tariff->total += units;
}

static void simulate_day(uint32_t seed)
{
  for (uint16_t hour = 0; hour < 24; ++hour) {
    uint32_t units = scramble(seed + hour) & 15;

    charge(hour, units);
  }
}

int main(void)
{
  simulate_day(77);
  print_number("day ", (long) day);
  print_number("evening ", (long) evening);
  return 0;
}
