/* Packets go through a table of ports; each port has a queue in which the packet is stored. */

#include "board.h"

struct queue {
  uint8_t *bytes;
  uint16_t head;
  uint16_t size;
};

struct port {
  struct queue *transmit;
  uint32_t packets;
};

static uint8_t uplink_bytes[64], local_bytes[64];
static struct queue uplink = { uplink_bytes, 0, sizeof uplink_bytes };
static struct queue local = { local_bytes, 0, sizeof local_bytes };
static struct port ports[4] = { { &uplink, 0 }, { &local, 0 }, { &uplink, 0 } };

static __attribute__((noinline)) void enqueue(struct queue *queue, uint8_t byte)
{
  uint8_t *place = queue->bytes + queue->head;

  queue->head = (uint16_t) ((queue->head + 1) % queue->size);
  *place = byte;
}

static __attribute__((noinline)) void transmit(struct port *port, uint8_t byte)
{
  ++port->packets;
  enqueue(port->transmit, byte);
}

static __attribute__((noinline)) void route(uint8_t address, uint8_t byte)
{
  transmit(&ports[address & 3], byte);
}

int main(void)
{
  static const uint8_t traffic[] = { 0x10, 0x21, 0x12, 0x31, 0x20, 0x43, 0x10 };

  SCB_CCR |= CCR_DIV_0_TRP;
  for (unsigned i = 0; i < sizeof traffic; ++i) {
    route(traffic[i], traffic[i] >> 4);
  }
  print_number("uplink ", (long) ports[0].packets);
  return 0;
}
