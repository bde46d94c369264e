/* A message of the network: the length is two bytes, the high one first. */

#include <string.h>

#include "board.h"

struct header {
  uint16_t type;
  uint16_t length;
} __attribute__((packed));

struct session {
  uint8_t buffer[64];
  void (*on_message)(const uint8_t *bytes, unsigned count);
  uint32_t messages;
};

static struct session session;
static volatile uint32_t seen;

static const uint8_t wire[] = { 0x00, 0x02, 0x00, 0x03, 'a', 'b', 'c', 0 };

static void on_message(const uint8_t *bytes, unsigned count)
{
  seen += count + bytes[0];
}

static void parse(struct session *to, const uint8_t *from)
{
  struct header header;

  memcpy(&header, from, sizeof header);
  memcpy(to->buffer, from + sizeof header, header.length);
  ++to->messages;
  to->on_message(to->buffer, header.length);
}

static void poll(void)
{
  parse(&session, wire);
}

int main(void)
{
  session.on_message = on_message;
  poll();
  print_number("seen ", (long) seen);
  return 0;
}
