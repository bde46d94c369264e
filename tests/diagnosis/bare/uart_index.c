/* Receives bytes by a timer's interrupt into a line buffer of 200 bytes; a hook behind it is told of full lines. */

#include "board.h"

struct receiver {
  uint8_t line[200];
  void (*on_line)(const uint8_t *, unsigned);
  uint8_t head;
};

static struct receiver receiver;
static volatile uint32_t lines, received;

static void count_line(const uint8_t *line, unsigned size)
{
  (void) line;
  lines += size > 0;
}

static uint8_t next_byte(void)
{
  static uint32_t count;

  ++count;
  return count % 210 == 0 ? '\n' : (uint8_t) ('a' + count % 26);
}

void TIMER0_Handler(void)
{
  uint8_t byte = next_byte();

  TIMER_INTCLEAR(0) = 1;
  receiver.line[receiver.head++] = byte;
  ++received;
  if (byte == '\n') {
    receiver.on_line(receiver.line, receiver.head);
    receiver.head = 0;
  }
}

static void open_receiver(void (*hook)(const uint8_t *, unsigned))
{
  receiver.on_line = hook;
  receiver.head = 0;
}

int main(void)
{
  open_receiver(count_line);
  NVIC_ISER0 = 1u << TIMER0_IRQ;
  timer_start(0, 700);
  while (lines < 3) {
    wait_for_interrupt();
  }
  print_number("received ", (long) received);
  return 0;
}
