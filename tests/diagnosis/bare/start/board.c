/* Text on the board's UART, and the end of a program. */

#include "board.h"

#ifdef BOARD_LM3S
#define UART_DATA REGISTER(0x4000C000)

void uart_init(void)
{
  REGISTER(0x4000C030) = 0x301; /* UARTEN, TXE, RXE */
}
#else
#define UART_DATA REGISTER(0x40004000)

void uart_init(void)
{
  REGISTER(0x40004010) = 16;
  REGISTER(0x40004008) = 1;
}
#endif

void print(const char *text)
{
  while (*text != '\0') {
    UART_DATA = (uint8_t) *text++;
  }
}

void print_number(const char *before, long number)
{
  char digits[12];
  unsigned long left = number < 0 ? -(unsigned long) number : (unsigned long) number;
  char *next = digits + sizeof digits;

  *--next = '\0';
  do {
    *--next = (char) ('0' + left % 10);
    left /= 10;
  } while (left > 0);
  if (number < 0) {
    *--next = '-';
  }
  print(before);
  print(next);
  print("\n");
}

void leave(int status)
{
  uint32_t block[2] = { 0x20026, (uint32_t) status };
  register uint32_t operation __asm("r0") = 0x20; /* SYS_EXIT_EXTENDED */
  register void *parameter __asm("r1") = block;

  __asm volatile("bkpt 0xab" : : "r"(operation), "r"(parameter) : "memory");
  for (;;) {
  }
}
