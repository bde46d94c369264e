/* Records with a checksum; the inner loop is hand-written assembly. */

#include "board.h"

struct record {
  uint32_t length;
  uint8_t bytes[28];
};

uint32_t checksum(const struct record *record);
uint32_t fold(uint32_t sum, const uint8_t *bytes, uint32_t count);

__asm(".syntax unified\n"
      "  .text\n"
      "  .thumb\n"
      "  .global fold\n"
      "  .type fold, %function\n"
      "fold:\n"
      "  cbz r2, 2f\n"
      "1: ldrb r3, [r1], #1\n"
      "  add r0, r3, r0, ror #7\n"
      "  subs r2, r2, #1\n"
      "  bne 1b\n"
      "2: bx lr\n"
      "  .size fold, . - fold\n"
      "\n"
      "  .global checksum\n"
      "  .type checksum, %function\n"
      "checksum:\n"
      "  ldr r2, [r0]\n"
      "  adds r1, r0, #4\n"
      "  movs r0, #0\n"
      "  bl fold\n"
      "  eors r0, r0, #0x55\n"
      "  bx lr\n"
      "  .size checksum, . - checksum\n");

static struct record log[4];

static void fill(struct record *record, uint8_t seed)
{
  record->length = 8 + seed;
  for (uint32_t i = 0; i < record->length; ++i) {
    record->bytes[i] = (uint8_t) (seed * i + 3);
  }
}

static uint32_t check_log(void)
{
  uint32_t all = 0;

  for (unsigned i = 0; i < sizeof log / sizeof log[0]; ++i) {
    all ^= checksum(&log[i]);
  }
  return all;
}

int main(void)
{
  for (unsigned i = 0; i < sizeof log / sizeof log[0]; ++i) {
    fill(&log[i], (uint8_t) i);
  }
  print_number("log ", (long) check_log());
  return 0;
}
