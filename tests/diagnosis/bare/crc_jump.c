/* Commands by a switch that the compiler makes a table of; the opcode was checked as signed. */

#include "board.h"

typedef void (*action)(int32_t argument);

static volatile int32_t position, speed, stops;

static void do_move(int32_t argument)
{
  position += argument;
}

static void do_speed(int32_t argument)
{
  speed = argument;
}

static void do_stop(int32_t argument)
{
  stops += argument;
}

static action actions[4] = { do_stop, do_move, do_speed, do_stop };
static const int8_t script[] = { 1, 10, 2, 5, 1, 7, -3, 1, 0, 0 };

static int is_valid(int8_t opcode)
{
  return opcode < (int8_t) (sizeof actions / sizeof actions[0]);
}

static void run(const int8_t *step)
{
  for (; step[0] != 0; step += 2) {
    if (is_valid(step[0])) {
      actions[step[0]](step[1]);
    }
  }
}

int main(void)
{
  actions[3] = do_move;
  run(script);
  print_number("position ", position);
  return 0;
}
