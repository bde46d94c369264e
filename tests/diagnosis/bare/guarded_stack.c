/* The lowest 256 bytes of the main stack are closed by the MPU. A quick sort recurses too deeply. */

#include "board.h"

#define STACK_BYTES 2048

extern uint32_t __stack_top;

static uint16_t values[300];

static void guard(void)
{
  uint32_t bottom = (uint32_t) &__stack_top - STACK_BYTES;

  MPU_RNR = 0;
  MPU_RBAR = bottom;
  MPU_RASR = 0x10000000 | (7 << 1) | 1; /* 256 bytes, no access, XN */
  SCB_SHCSR = SHCSR_FAULTS;
  MPU_CTRL = 5;
}

static void sort(uint16_t *first, uint16_t *last)
{
  uint16_t pivot, *middle;

  if (first >= last) {
    return;
  }
  pivot = *first;
  middle = first;
  for (uint16_t *next = first + 1; next <= last; ++next) {
    if (*next < pivot) {
      uint16_t kept = *next;

      *next = *++middle;
      *middle = kept;
    }
  }
  *first = *middle;
  *middle = pivot;
  sort(first, middle - 1);
  sort(middle + 1, last);
}

int main(void)
{
  for (uint32_t i = 0; i < 300; ++i) {
    values[i] = (uint16_t) (2 * i);
  }
  guard();
  sort(values, values + 299);
  print_number("median ", values[150]);
  return 0;
}
