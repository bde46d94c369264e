/* Events are packed into a flash page: a byte of kind, then whatever the kind has. */

#include "board.h"

#include <string.h>

struct position {
  int64_t latitude;
  int64_t longitude;
};

static uint8_t page[256];
static unsigned used;

static void append(uint8_t kind, const void *data, unsigned size)
{
  page[used++] = kind;
  memcpy(page + used, data, size);
  used += size;
}

static const struct position *positions[4];
static unsigned found;

static void find_positions(const uint8_t *from, const uint8_t *end)
{
  while (from < end) {
    if (*from == 'p') {
      positions[found++] = (const struct position *) (from + 1);
      from += 1 + sizeof(struct position);
    } else {
      from += 2 + from[1];
    }
  }
}

static int64_t span(const struct position *position)
{
  return position->latitude - position->longitude;
}

static int64_t add_spans(void)
{
  int64_t sum = 0;

  for (unsigned i = 0; i < found; ++i) {
    sum += span(positions[i]);
  }
  return sum;
}

int main(void)
{
  static const uint8_t note[] = { 4, 'b', 'o', 'o', 't' };
  struct position here = { 5170, -112 };

  append('n', note, sizeof note);
  append('p', &here, sizeof here);
  append('p', &here, sizeof here);
  find_positions(page, page + used);
  print_number("sum ", (long) (add_spans() / 2));
  return 0;
}
