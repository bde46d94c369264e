/* A mailbox between the timer's handler and the main loop. */

#include "board.h"

struct mailbox {
  uint32_t full;
  uint32_t value;
};

static struct mailbox mailbox;
static uint32_t produced;

void TIMER0_Handler(void)
{
  TIMER_INTCLEAR(0) = 1;
  if (!mailbox.full) {
    mailbox.value = ++produced * 10;
    mailbox.full = 1;
  }
}

static inline void compiler_fence(void)
{
  __asm volatile("" ::: );
}

static uint32_t fetch(struct mailbox *from)
{
  while (!from->full) {
    compiler_fence();
  }
  from->full = 0;
  return from->value;
}

static uint32_t average(unsigned count)
{
  uint32_t sum = 0;

  for (unsigned i = 0; i < count; ++i) {
    sum += fetch(&mailbox);
  }
  return sum / count;
}

int main(void)
{
  NVIC_ISER0 = 1u << TIMER0_IRQ;
  timer_start(0, 3000);
  print_number("average ", (long) average(4));
  return 0;
}
