/* Clears a display of 320 columns, column by column. */

#include "board.h"

#define COLUMNS 320

static volatile uint16_t frame[COLUMNS];
static volatile uint32_t frames;

static void clear(uint16_t colour)
{
  for (uint8_t column = 0; column < COLUMNS; ++column) {
    frame[column] = colour;
  }
}

static void refresh(void)
{
  clear((uint16_t) (0x1F << frames));
  ++frames;
}

int main(void)
{
  refresh();
  refresh();
  print_number("frames ", (long) frames);
  return 0;
}
