/* Software timers in a list that is sorted by time. A timer may be started again before it has fired. */

#include "board.h"

struct timer {
  struct timer *next;
  uint32_t at;
  uint32_t fired;
};

static struct timer *first;
static struct timer blink, poll, save;
static volatile uint32_t now;

static void start(struct timer *timer, uint32_t at)
{
  struct timer **place = &first;

  timer->at = at;
  while (*place != 0 && (*place)->at <= at) {
    place = &(*place)->next;
  }
  timer->next = *place;
  *place = timer;
}

static unsigned length(void)
{
  unsigned count = 0;

  for (const struct timer *timer = first; timer != 0; timer = timer->next) {
    ++count;
  }
  return count;
}

static void fire(void)
{
  while (first != 0 && first->at <= now) {
    struct timer *timer = first;

    first = timer->next;
    ++timer->fired;
  }
}

static void advance(uint32_t ticks)
{
  now += ticks;
  fire();
}

int main(void)
{
  start(&blink, 10);
  start(&poll, 15);
  start(&save, 40);
  advance(12);
  start(&save, 30);
  print_number("timers ", (long) length());
  return 0;
}
