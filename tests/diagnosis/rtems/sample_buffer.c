/* A filter whose work space is as long as its input says. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rtems.h>

static const unsigned char blocks[][4] = { { 8, 0, 1, 2 }, { 16, 0, 3, 4 }, { 0xf8, 0x7f, 5, 6 } };

static unsigned length_of(const unsigned char *block)
{
  return block[0] | (unsigned) block[1] << 8;
}

static int filter(const unsigned char *block)
{
  unsigned length = length_of(block);
  int work[length];
  int sum = 0;

  for (unsigned i = 0; i < length; ++i) {
    work[i] = block[2] * (int) i + block[3];
  }
  for (unsigned i = 0; i < length; i += 4) {
    sum += work[i];
  }
  return sum;
}

static void filter_all(void)
{
  for (unsigned i = 0; i < sizeof blocks / sizeof blocks[0]; ++i) {
    printf("block %u: %d\n", i, filter(blocks[i]));
  }
}

rtems_task Init(rtems_task_argument argument)
{
  (void) argument;
  filter_all();
  exit(0);
}

#define CONFIGURE_MAXIMUM_TASKS 1
#include "classic_system.h"
