/* Flags of relays, set and read through the bit-band alias so that no interrupt is in the way. */

#include "board.h"

#define SRAM_BASE 0x20000000u
#define BIT_ALIAS 0x42000000u
#define RELAYS 2

struct relay {
  const char *name;
  uint32_t *word;
  uint8_t bit;
};

static uint8_t page[0xA000];
static uint32_t outputs[2];

static const struct relay relays[RELAYS] = {
  { "pump", &outputs[0], 3 },
  { "valve", &outputs[1], 30 },
};

static volatile uint32_t *bit_alias(const void *word, unsigned bit)
{
  uint32_t offset = (uint32_t) word - SRAM_BASE;

  return (volatile uint32_t *) (BIT_ALIAS + offset * 32 + bit * 4);
}

static int relay_is_on(const struct relay *relay)
{
  return (int) *bit_alias(relay->word, relay->bit);
}

static void relay_set(const struct relay *relay, int on)
{
  if (relay_is_on(relay) != on) {
    *bit_alias(relay->word, relay->bit) = (uint32_t) on;
  }
}

static void all_on(void)
{
  for (unsigned i = 0; i < RELAYS; ++i) {
    relay_set(&relays[i], 1);
  }
}

int main(void)
{
  page[0] = page[sizeof page - 1] = 0xFF;
  all_on();
  print_number("outputs ", (long) (outputs[0] + outputs[1]));
  return 0;
}
