/* A line of status is made of a name and a number and sent. */

#include "board.h"

#include <stdio.h>

static const char *const names[] = { "pump", "valve", "temperature sensor north" };

static void __attribute__((noinline)) send_status(unsigned channel, int value)
{
  char line[16];

  sprintf(line, "%s=%d\n", names[channel], value);
  print(line);
}

int main(void)
{
  for (unsigned channel = 0; channel < 3; ++channel) {
    send_status(channel, 100 * (int) channel);
  }
  return 0;
}
