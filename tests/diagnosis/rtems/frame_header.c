/* Frames from a serial line: a preamble, a time stamp of 64 bits, a length. */

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rtems.h>

struct header {
  uint64_t stamp;
  uint32_t length;
};

static unsigned char line[128];

static void make_frame(unsigned char *to, uint64_t stamp, uint32_t length)
{
  to[0] = 0x55;
  memcpy(to + 1, &stamp, sizeof stamp);
  memcpy(to + 9, &length, sizeof length);
}

static uint64_t age(const struct header *header, uint64_t now)
{
  return now - header->stamp;
}

static unsigned skip_preamble(const unsigned char *bytes)
{
  unsigned offset = 0;

  while (bytes[offset] == 0x55) {
    ++offset;
  }
  return offset;
}

static int parse(const unsigned char *bytes, uint64_t now)
{
  const struct header *header = (const struct header *) (bytes + skip_preamble(bytes));

  if (age(header, now) > 5000) {
    return -1;
  }
  return (int) header->length;
}

rtems_task Init(rtems_task_argument argument)
{
  (void) argument;
  make_frame(line, 123456789000, 17);
  printf("length %d\n", parse(line, 123456789900));
  exit(0);
}

#define CONFIGURE_MAXIMUM_TASKS 1
#include "classic_system.h"
