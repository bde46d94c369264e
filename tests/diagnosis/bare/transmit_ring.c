/* Bytes to be sent wait in a ring; main() puts them in, the interrupt of the line takes them out. */

#include "board.h"

#define SLOTS 8

struct port {
  uint32_t sent;
  uint32_t sum;
};

struct slot {
  struct port *port;
  uint8_t byte;
};

#define NO_PORT ((struct port *) 0xFFFFFFF0) /* catches a slot that is sent twice */

static struct slot slots[SLOTS];
static struct port ports[2];
static volatile uint32_t used;
static uint32_t head, tail;

static uint32_t next(uint32_t place)
{
  return (place + 1) % SLOTS;
}

static void send(struct slot *slot)
{
  slot->port->sum += slot->byte;
  ++slot->port->sent;
  slot->port = NO_PORT;
}

void TIMER0_Handler(void)
{
  TIMER_INTCLEAR(0) = 1;
  if (used > 0) {
    send(&slots[tail]);
    tail = next(tail);
    --used;
  }
}

static int queue(struct port *port, uint8_t byte)
{
  uint32_t before = used;

  if (before == SLOTS) {
    return -1;
  }
  slots[head].port = port;
  slots[head].byte = byte;
  head = next(head);
  used = before + 1;
  return 0;
}

static void transmit(uint32_t count)
{
  for (uint32_t i = 0; i < count; ++i) {
    while (queue(&ports[i % 2], (uint8_t) i) != 0) {
      wait_for_interrupt();
    }
    for (volatile uint32_t pause = 0; pause < i % 11; ++pause) {
    }
  }
}

int main(void)
{
  timer_start(0, 131);
  NVIC_ISER0 = 1u << TIMER0_IRQ;
  transmit(3000);
  print_number("sent ", (long) (ports[0].sent + ports[1].sent));
  return 0;
}
