/* A scanner's engine stores a line of samples; its interrupt comes for each. A line has a guard word behind it. */

#include "board.h"

#define SAMPLES 48
#define GUARD 0x5AFEC0DEu

struct line {
  uint16_t samples[SAMPLES];
  uint32_t guard;
  uint32_t length;
};

static struct line lines[2];
static volatile unsigned active, position, complete;

void TIMER0_Handler(void)
{
  struct line *line = &lines[active];

  TIMER_INTCLEAR(0) = 1;
  line->samples[position] = (uint16_t) (position * 37 + 5);
  if (position++ == SAMPLES) {
    position = 0;
    line->length = SAMPLES;
    active ^= 1;
    ++complete;
  }
}

static void fail(const char *message)
{
  print(message);
  leave(9);
}

static uint32_t process(const struct line *line)
{
  uint32_t sum = 0;

  if (line->guard != GUARD) {
    fail("guard\n");
  }
  for (unsigned i = 0; i < line->length; ++i) {
    sum += line->samples[i];
  }
  return sum;
}

int main(void)
{
  lines[0].guard = lines[1].guard = GUARD;
  NVIC_ISER0 = 1u << TIMER0_IRQ;
  timer_start(0, 120);
  while (complete == 0) {
    wait_for_interrupt();
  }
  print_number("sum ", (long) process(&lines[0]));
  return 0;
}
