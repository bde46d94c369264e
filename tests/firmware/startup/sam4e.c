/* UART0, and a timer counter that counts. */
#include "startup.h"

#define WDT 0x400E1850
#define UART 0x400E0600
#define TC 0x40090000
const unsigned console_irq = 7;

#include "sam4.h"
