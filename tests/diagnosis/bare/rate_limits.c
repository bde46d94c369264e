/* Limits of a drive, with what must hold asserted. */

#include <assert.h>
#include <stdlib.h>

#include "board.h"

struct limits {
  int32_t lowest;
  int32_t highest;
};

static struct limits limits = { -100, 100 };

static void narrow(struct limits *to, int32_t by)
{
  to->lowest += by;
  to->highest -= by;
}

static int32_t clamp(int32_t value, const struct limits *to)
{
  assert(to->lowest <= to->highest);
  if (value < to->lowest) {
    return to->lowest;
  }
  return value > to->highest ? to->highest : value;
}

static int32_t drive(unsigned rounds)
{
  int32_t speed = 0;

  for (unsigned i = 0; i < rounds; ++i) {
    speed += clamp((int32_t) (i * 50), &limits);
    narrow(&limits, 15);
  }
  return speed;
}

int main(void)
{
  print_number("speed ", drive(12));
  return 0;
}
