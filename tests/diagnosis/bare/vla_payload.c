/* Decodes frames of a field bus: header, payload, two bytes of check sum. */

#include <string.h>

#include "board.h"

#define OVERHEAD 6

static const uint8_t good[] = { 9, 1, 0, 0, 'a', 'b', 'c', 0, 0 };
static const uint8_t cut_off[] = { 5, 2, 0, 0, 'x' };
static volatile uint32_t total;

static uint32_t weigh(const uint8_t *bytes, unsigned count)
{
  uint32_t sum = 0;

  for (unsigned i = 0; i < count; ++i) {
    sum += bytes[i] * (i + 1);
  }
  return sum;
}

static void decode(const uint8_t *frame)
{
  unsigned length = frame[0] - OVERHEAD;
  uint8_t payload[length];

  memcpy(payload, frame + 4, length);
  total += weigh(payload, length);
}

static void receive(const uint8_t *frame)
{
  if (frame[1] != 0) {
    decode(frame);
  }
}

int main(void)
{
  receive(good);
  receive(cut_off);
  print_number("total ", (long) total);
  return 0;
}
