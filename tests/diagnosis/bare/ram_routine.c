/* Flash is programmed by a function that runs in RAM, and RAM is XN by the MPU. */

#include "board.h"
#include <string.h>

extern char end;
static uint8_t ram_code[128] __attribute__((aligned(8)));
static uint32_t page[16];
static uint32_t programmed;

static void region(unsigned n, uint32_t base, uint32_t log2, uint32_t attributes)
{
  MPU_RNR = n;
  MPU_RBAR = base;
  MPU_RASR = attributes | (log2 - 1) << 1 | 1;
}

static void protect(void)
{
  region(0, 0x00000000, 18, 6u << 24);
  region(1, 0x20000000, 16, 1u << 28 | 3u << 24);
  region(2, 0x40000000, 29, 1u << 28 | 1u << 24);
  MPU_CTRL = 1;
  SCB_SHCSR |= 7u << 16;
  __asm volatile("dsb\n\tisb" ::: "memory");
}

__attribute__((noinline, section(".text.program"))) static uint32_t program(const uint32_t *from, uint32_t words)
{
  uint32_t sum = 0;
  while (words--) sum += *from++;
  return sum;
}

static uint32_t (*load(void))(const uint32_t *, uint32_t)
{
  memcpy(ram_code, (const void *) ((uint32_t) program & ~1u), 64);
  return (uint32_t (*)(const uint32_t *, uint32_t))((uint32_t) ram_code | 1);
}

static void write_page(void)
{
  uint32_t (*in_ram)(const uint32_t *, uint32_t) = load();
  programmed += in_ram(page, 16);
}

int main(void)
{
  protect();
  for (int i = 0; i < 16; ++i) page[i] = i;
  write_page();
  print_number("programmed ", (long) programmed);
  return 0;
}
