/* Ports are found by their number; who asks for one that is not there gets the first. */

#include "board.h"

struct port {
  uint32_t number;
  uint32_t sent;
};

static struct port ports[2] = { { 4, 0 }, { 9, 0 } };
static uint32_t refused;

static struct port *__attribute__((noinline)) port_of(uint32_t number)
{
  if (number > 100) {
    refused += number;
    return &ports[0];
  }
  for (uint32_t i = 0; i < 2; ++i) {
    if (ports[i].number == number) {
      return &ports[i];
    }
  }
  refused = 0x80000000u | number;
}

static void __attribute__((noinline)) send(uint32_t number, uint32_t words)
{
  struct port *port = port_of(number);

  port->sent += words;
}

int main(void)
{
  send(4, 3);
  send(9, 1);
  send(5, 2);
  print_number("sent ", (long) (ports[0].sent + ports[1].sent));
  return 0;
}
