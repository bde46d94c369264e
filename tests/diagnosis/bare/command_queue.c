/* Commands by a timer interrupt; the main program sleeps between them. */

#include "board.h"

static volatile uint8_t commands[8];
static volatile unsigned head, tail, processed;

void TIMER0_Handler(void)
{
  TIMER_INTCLEAR(0) = 1;
  commands[head & 7] = (uint8_t) (head * 37);
  ++head;
}

static int get_command(uint8_t *command)
{
  interrupts_off();
  if (head == tail) {
    interrupts_on();
    return 0;
  }
  *command = commands[tail++ & 7];
  if (*command == 0) {
    return -1;
  }
  interrupts_on();
  return 1;
}

static void run(uint8_t command)
{
  static uint32_t state[3];
  state[command % 3] += command;
  ++processed;
}

static void wait_for_work(void)
{
  while (head == tail) wait_for_interrupt();
}

int main(void)
{
  uint8_t command;
  timer_start(0, 900);
  NVIC_ISER0 = 1u << TIMER0_IRQ;
  while (processed < 400) {
    wait_for_work();
    int found = get_command(&command);
    if (found > 0) run(command);
  }
  print_number("processed ", (long) processed);
  return 0;
}
