/* The vectors are copied to RAM, so that a driver can register its handler while the program runs. */

#include "board.h"

extern const void *const vectors[16 + 32];

static uint32_t ram_vectors[16 + 32] __attribute__((aligned(256)));
static volatile uint32_t ticks;

static void install_vectors(void)
{
  for (unsigned i = 0; i < sizeof ram_vectors / sizeof ram_vectors[0]; ++i) {
    ram_vectors[i] = (uint32_t) vectors[i];
  }
  SCB_VTOR = (uint32_t) ram_vectors;
}

static void register_handler(unsigned irq, void (*handler)(void))
{
  uint32_t address = (uint32_t) handler & ~3u; /* code is in words */

  ram_vectors[16 + irq] = address;
  NVIC_ISER0 = 1u << irq;
}

static void on_timer(void)
{
  TIMER_INTCLEAR(0) = 1;
  ++ticks;
}

static void wait_ticks(uint32_t count)
{
  while (ticks < count) {
    wait_for_interrupt();
  }
}

int main(void)
{
  install_vectors();
  register_handler(TIMER0_IRQ, on_timer);
  timer_start(0, 500);
  wait_ticks(5);
  print_number("ticks ", (long) ticks);
  return 0;
}
