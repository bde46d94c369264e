/* A timer driver in the manner of a vendor's library: parameters are checked by assert_param(). */

#include "board.h"

void assert_failed(const char *file, uint32_t line);

#define assert_param(expression) ((expression) ? (void) 0 : assert_failed(__FILE__, __LINE__))

struct timer_config {
  uint32_t prescaler;
  uint32_t period;
  uint8_t channel;
};

static uint32_t configured;

__attribute__((noinline)) void assert_failed(const char *file, uint32_t line)
{
  (void) file;
  (void) line;
  __asm volatile("cpsid i");
  while (1) {
  }
}

static uint32_t gcd(uint32_t a, uint32_t b)
{
  while (b != 0) {
    uint32_t rest = a % b;

    a = b;
    b = rest;
  }
  return a;
}

static void timer_init(const struct timer_config *config)
{
  assert_param(config->prescaler > 0 && config->prescaler <= 0x10000);
  assert_param(config->period > 0 && config->period <= 0xffff);
  assert_param(config->channel < 4);
  configured += config->period;
}

static void choose(struct timer_config *config, uint32_t clock, uint32_t rate)
{
  uint32_t cycles = clock / rate;

  config->prescaler = gcd(cycles, 48000);
  config->period = cycles / config->prescaler;
}

static void set_rate(uint8_t channel, uint32_t rate)
{
  struct timer_config config;

  config.channel = channel;
  choose(&config, 48000000, rate);
  timer_init(&config);
}

int main(void)
{
  set_rate(0, 1000);
  set_rate(1, 50);
  set_rate(2, 7);
  print_number("configured ", (long) configured);
  return 0;
}
