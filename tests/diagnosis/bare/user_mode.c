/* The application runs unprivileged. Its queue is shared with an interrupt, and guarded by disabling interrupts. */

#include "board.h"

#define SLOTS 8

struct queue {
  uint8_t items[SLOTS];
  volatile uint32_t count;
  volatile uint32_t busy;
};

static struct queue queue;
static volatile uint32_t served;

static void push(uint8_t item)
{
  if (queue.busy) {
    SCB_ICSR = 1u << 31; /* NMI: cannot happen, interrupts are off then */
    return;
  }
  if (queue.count < SLOTS) {
    queue.items[queue.count] = item;
    ++queue.count;
  }
}

void NMI_Handler(void)
{
  print("queue used while busy\n");
  leave(3);
}

void SysTick_Handler(void)
{
  static uint8_t item;

  push(++item);
}

static uint8_t pop(void)
{
  uint8_t item = 0;

  interrupts_off();
  queue.busy = 1;
  if (queue.count > 0) {
    item = queue.items[0];
    for (uint32_t i = 1; i < queue.count; ++i) {
      queue.items[i - 1] = queue.items[i];
    }
    --queue.count;
  }
  queue.busy = 0;
  interrupts_on();
  return item;
}

static void drop_privileges(void)
{
  uint32_t control = 1;

  __asm volatile("msr control, %0\n\tisb" : : "r"(control) : "memory");
}

int main(void)
{
  SYST_RVR = 96;
  SYST_CVR = 0;
  SYST_CSR = 7;
  drop_privileges();
  for (uint32_t i = 0; i < 20000; ++i) {
    served += pop() != 0;
    for (volatile unsigned other_work = 0; other_work < i % 7; ++other_work) {
    }
  }
  print_number("served ", (long) served);
  return 0;
}
