/* The name of a device is made of its type and its serial number, which is 8 characters in flash. */

#include "board.h"

#include <string.h>

struct identity {
  char type[4];
  char serial[8];
  void (*announce)(const struct identity *identity);
};

static const char stored[8] = { 'S', 'N', '0', '0', '4', '7', '1', '1' };
static const char maker[] = "ACME";

static void announce(const struct identity *identity)
{
  print(identity->type);
  print("\n");
}

static struct identity self = { "th1", "", announce };

static void read_serial(struct identity *identity)
{
  strcpy(identity->serial, stored);
}

static void start(struct identity *identity)
{
  read_serial(identity);
  print(maker);
  identity->announce(identity);
}

int main(void)
{
  start(&self);
  return 0;
}
