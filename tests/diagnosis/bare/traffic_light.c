/* A traffic light as a state machine: a table of states, each with what it does and what comes next. */

#include "board.h"

enum state { RED, RED_AMBER, GREEN, AMBER, STATES };

typedef void (*action)(void);

struct entry {
  action enter;
  enum state next;
  uint8_t seconds;
};

static uint32_t lamps, changes;

static void show_red(void) { lamps = 4; }
static void show_red_amber(void) { lamps = 6; }
static void show_green(void) { lamps = 1; }
static void show_amber(void) { lamps = 2; }

static const struct entry table[STATES] = {
  { show_red, RED_AMBER, 5 },
  { show_red_amber, GREEN, 1 },
  { show_green, AMBER, 6 },
  { show_amber, RED, 2 },
};

static enum state state = RED;
static const char *const requests = "....w..w.n..";

static enum state decode(char request)
{
  switch (request) {
  case 'w':
    return GREEN;
  case 'n':
    return STATES;
  default:
    return table[state].next;
  }
}

static void enter(enum state next)
{
  state = next;
  ++changes;
  table[next].enter();
}

static void step(char request)
{
  enter(decode(request));
}

int main(void)
{
  for (const char *request = requests; *request != '\0'; ++request) {
    step(*request);
  }
  print_number("changes ", (long) changes);
  return 0;
}
