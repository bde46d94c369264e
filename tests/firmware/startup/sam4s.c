/* UART1, and a timer counter that counts. */
#include "startup.h"

#define WDT 0x400E1450
#define UART 0x400E0800
#define TC 0x40010000
const unsigned console_irq = 9;

#include "sam4.h"
