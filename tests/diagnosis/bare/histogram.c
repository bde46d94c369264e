/* A histogram with an underflow bin. */
#include "board.h"
struct histogram { void (*report)(void); uint32_t bins[8]; uint32_t total; const char *unit; };
static void show(void);
static struct histogram noise = { show, {0}, 0, "dB" };
__attribute__((noinline)) static void add(struct histogram *histogram, int level)
{
  histogram->bins[level / 10]++;
  histogram->total++;
}
static void show(void)
{
  for (unsigned i = 0; i < 8; ++i) print_number(" ", (long) noise.bins[i]);
  print(noise.unit);
}
int main(void)
{
  static const int levels[] = { 12, 35, 47, 71, -14, 22, 50 };
  for (unsigned i = 0; i < sizeof levels / sizeof levels[0]; ++i) add(&noise, levels[i]);
  noise.report();
  return 0;
}
