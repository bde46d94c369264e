/* Clients put themselves into a list of those who want to know of a change. */

#include "board.h"

struct client {
  struct client *next;
  void (*changed)(struct client *client, uint32_t value);
};

static struct client *clients;
static uint32_t shown;

static void show(struct client *client, uint32_t value)
{
  (void) client;
  shown = value;
}

static void __attribute__((noinline)) subscribe(struct client *client)
{
  client->next = clients;
  clients = client;
}

static void __attribute__((noinline)) watch_once(void)
{
  struct client once = { .changed = show };

  subscribe(&once);
}

static uint32_t __attribute__((noinline)) checksum(uint32_t seed)
{
  volatile uint32_t words[6];

  for (uint32_t i = 0; i < 6; ++i) {
    words[i] = (seed + i) * 0x20406081u;
  }
  return words[0] ^ words[5];
}

static void __attribute__((noinline)) publish(uint32_t value)
{
  for (struct client *client = clients; client != 0; client = client->next) {
    client->changed(client, value);
  }
}

int main(void)
{
  static struct client always = { .changed = show };

  subscribe(&always);
  watch_once();
  print_number("check ", (long) checksum(0x31));
  publish(4);
  return 0;
}
