/* A signal is resampled to the rate of the output. */

#include "board.h"

static int16_t in[128], out[128];
struct format { const char *name; uint32_t rate; };
static const struct format formats[] = { { "cd", 44100 }, { "phone", 8000 }, { "off", 0 }, { "fm", 32000 } };

static uint32_t step_for(const struct format *from, const struct format *to)
{
  return (from->rate << 8) / to->rate;
}

static unsigned resample(const struct format *from, const struct format *to)
{
  uint32_t step = step_for(from, to), at = 0;
  unsigned n = 0;
  while (at < 128u << 8) {
    out[n & 127] = in[at >> 8];
    at += step;
    ++n;
  }
  return n;
}

static unsigned play(unsigned format)
{
  return resample(&formats[format], &formats[0]);
}

int main(void)
{
  unsigned total = 0;

  for (int i = 0; i < 128; ++i) {
    in[i] = (int16_t) (i * i);
  }
  for (unsigned i = 0; i < 4; ++i) {
    total += play(i);
  }
  print_number("total ", (long) total);
  return 0;
}
