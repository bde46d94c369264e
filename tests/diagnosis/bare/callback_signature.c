/* Devices call back with the code of an event and what their user gave them. */

#include "board.h"

typedef void (*callback)(uint32_t event, void *context);

static struct {
  callback call;
  void *context;
} users[3];

struct lamp {
  uint32_t on, changes;
};

static struct lamp lamp;
static uint32_t events;

static void note(uint32_t event, void *context)
{
  events += event;
  *(uint32_t *) context += 1;
}

static void toggle(void *context)
{
  struct lamp *it = context;

  it->on ^= 1;
  ++it->changes;
}

static void __attribute__((noinline)) attach(uint32_t i, callback call, void *context)
{
  users[i].call = call;
  users[i].context = context;
}

static void __attribute__((noinline)) fire(uint32_t event)
{
  for (uint32_t i = 0; i < 3; ++i) {
    if (users[i].call != 0) {
      users[i].call(event, users[i].context);
    }
  }
}

int main(void)
{
  static uint32_t noted;

  attach(0, note, &noted);
  attach(2, (callback) toggle, &lamp);
  fire(0x80000010);
  print_number("events ", (long) events);
  return 0;
}
