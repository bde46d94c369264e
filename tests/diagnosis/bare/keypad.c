/* A keypad's matrix of handlers. */
#include "board.h"
typedef void (*action)(void);
struct pad { uint8_t rows, columns; uint16_t state[3][4]; action actions[3]; };
static struct pad pad = { .rows = 3, .columns = 6 };
static unsigned presses;
static void up(void) { presses++; }
static void down(void) { presses--; }
__attribute__((noinline)) static void note(struct pad *pad, unsigned row, unsigned column, uint16_t value) { pad->state[row][column] = value; }
static void scan(struct pad *pad)
{
  for (unsigned row = 0; row < 3; ++row)
    for (unsigned column = 0; column <= pad->columns; ++column)
      note(pad, row, column, (uint16_t) (row * 0x1111 + column));
}
int main(void)
{
  for (unsigned i = 0; i < 3; ++i) pad.actions[i] = i & 1 ? down : up;
  scan(&pad);
  for (unsigned i = 0; i < 3; ++i) pad.actions[i]();
  return (int) presses - 1;
}
