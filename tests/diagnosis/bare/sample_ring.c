/* Samples go through a ring from the interrupt of a timer to main(); every sample calls the filter set at start. */

#include "board.h"

#define RING 256

struct capture {
  int32_t (*filter)(int32_t sample);
  int32_t last;
  int16_t ring[RING];
  volatile int8_t head;
  volatile int8_t tail;
};

static struct capture capture;
static volatile uint32_t taken;

static int32_t halve(int32_t sample)
{
  return sample / 2;
}

void TIMER0_Handler(void)
{
  static int16_t value = 1000;

  TIMER_INTCLEAR(0) = 1;
  capture.ring[capture.head++] = value;
  value = (int16_t) (value + 7);
}

static int take(int32_t *sample)
{
  if (capture.tail == capture.head) {
    return 0;
  }
  *sample = capture.filter(capture.ring[capture.tail++]);
  return 1;
}

int main(void)
{
  int32_t sum = 0;

  capture.filter = halve;
  NVIC_ISER0 = 1u << TIMER0_IRQ;
  timer_start(0, 300);
  while (taken < 400) {
    int32_t sample;

    if (take(&sample)) {
      sum += sample;
      ++taken;
    } else {
      wait_for_interrupt();
    }
  }
  print_number("sum ", sum);
  return 0;
}
