/* A lookup that finds nothing gives NULL, which is formatted all the same. */

#include "board.h"

#include <string.h>

struct unit {
  const char *symbol;
  const char *name;
  uint32_t factor;
};

static const struct unit units[] = { { "m", "metre", 1 }, { "km", "kilometre", 1000 } };

static const struct unit *find(const char *symbol)
{
  for (uint32_t i = 0; i < sizeof units / sizeof units[0]; ++i) {
    if (strcmp(units[i].symbol, symbol) == 0) {
      return &units[i];
    }
  }
  return 0;
}

static uint32_t convert(uint32_t value, const char *symbol)
{
  const struct unit *unit = find(symbol);

  return 1000000 / (value * unit->factor % 7);
}

int main(void)
{
  SCB_CCR |= CCR_DIV_0_TRP;
  print_number("a ", (long) convert(3, "m"));
  print_number("b ", (long) convert(5, "km"));
  print_number("c ", (long) convert(0, "mi"));
  return 0;
}
