/* 72 MHz from a 25 MHz crystal by PLL2 and the PLL, USART1. */
#define SECOND_PLL
#include "stm32f103.c"
