/* A radio's driver shuts interrupts off around its transfers, then logs by a semihosted-like service call. */

#include "board.h"

static volatile uint32_t logged;
static uint8_t fifo[8];

void SVC_Handler(void)
{
  ++logged;
}

static void log_event(unsigned code)
{
  register uint32_t r0 __asm("r0") = code;

  __asm volatile("svc 2" : : "r"(r0) : "memory");
}

static void transfer(const uint8_t *from, unsigned size)
{
  interrupts_off();
  for (unsigned i = 0; i < size; ++i) {
    fifo[i & 7] = from[i];
  }
  if (size > 8) {
    log_event(size);
  }
  interrupts_on();
}

int main(void)
{
  static const uint8_t frame[12] = { 1, 2, 3 };

  log_event(1);
  transfer(frame, 8);
  transfer(frame, sizeof frame);
  return (int) logged - 2;
}
