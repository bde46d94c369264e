/* A log that main() and a handler write to. A lock guards it; whoever has to wait, spins. */

#include "board.h"

struct lock {
  volatile uint32_t taken;
};

static struct lock log_lock;
static char log_text[128];
static volatile unsigned log_length;

static void lock_acquire(struct lock *lock)
{
  while (lock->taken) {
  }
  lock->taken = 1;
}

static void lock_release(struct lock *lock)
{
  lock->taken = 0;
}

static void log_write(const char *text)
{
  lock_acquire(&log_lock);
  while (*text != '\0') {
    log_text[log_length++ & 127] = *text++;
  }
  lock_release(&log_lock);
}

void TIMER0_Handler(void)
{
  TIMER_INTCLEAR(0) = 1;
  log_write("tick\n");
}

int main(void)
{
  NVIC_ISER0 = 1u << TIMER0_IRQ;
  timer_start(0, 331);
  for (unsigned i = 0; i < 1000; ++i) {
    log_write("main is alive and well\n");
  }
  print_number("length ", (long) log_length);
  return 0;
}
