/* LM3S6965: the PLL as SysCtlClockSet() starts it, PL011 both ways, GPTM periods, GPIO interrupts, the watchdog. */
#include "console.h"
#include "registers.h"

#define SYSCTL 0x400FE000
#define UART0 0x4000C000
#define TIMER0 0x40030000
#define TIMER1 0x40031000
#define GPIO_A 0x40004000
#define WATCHDOG 0x40000000

static volatile unsigned timeouts, gpio, received, bites;
static volatile char line[80];

void IRQ5_Handler(void)
{
    while (!(REG(UART0 + 0x18) & 0x10) && received < sizeof line - 1) {
        char c = (char)REG(UART0);
        if (received || c != '!')
            line[received++] = c;
    }
    REG(UART0 + 0x44) = 0x50;
}

void IRQ19_Handler(void)
{
    print("timer 0: mis %x\n", REG(TIMER0 + 0x20));
    REG(TIMER0 + 0x24) = 1;
    timeouts++;
}

void IRQ0_Handler(void)
{
    gpio = REG(GPIO_A + 0x418);
    REG(GPIO_A + 0x410) = 0;
    REG(GPIO_A + 0x41C) = 0xFF;
}

void IRQ18_Handler(void)
{
    REG(WATCHDOG + 0x0C) = 1;
    bites++;
}

static void start_pll(void)
{
    uint32_t rcc = REG(SYSCTL + 0x60), rcc2 = REG(SYSCTL + 0x70);
    print("rcc %x rcc2 %x ris %x pllcfg %x\n", rcc, rcc2, REG(SYSCTL + 0x50), REG(SYSCTL + 0x64));
    rcc = (rcc | 1 << 11) & ~(1u << 22);
    REG(SYSCTL + 0x60) = rcc;
    rcc = (rcc & ~0x37F1u) | 0x380;
    REG(SYSCTL + 0x58) = 0x40;
    REG(SYSCTL + 0x60) = rcc;
    rcc = (rcc & ~(0xFu << 23)) | 3 << 23 | 1 << 22;
    REG(SYSCTL + 0x60) = rcc;
    while (!(REG(SYSCTL + 0x50) & 0x40))
        ;
    REG(SYSCTL + 0x60) = rcc & ~(1u << 11);
    print("rcc %x ris %x misc %x\n", REG(SYSCTL + 0x60), REG(SYSCTL + 0x50), REG(SYSCTL + 0x58));
}

int main(void)
{
    REG(0x40032004) = 2; /* QEMU looks for input when a timer expires, and not at once when a UART is enabled */
    REG(0x40032028) = 50000;
    REG(0x4003200C) = 1;
    for (unsigned offset = 0; offset < 0x20; offset += 4)
        print("identity %x: %x\n", offset, REG(SYSCTL + offset));
    start_pll();
    REG(SYSCTL + 0x104) = 0x00010001;
    print("rcgc %x %x %x\n", REG(SYSCTL + 0x100), REG(SYSCTL + 0x104), REG(SYSCTL + 0x108));

    print("uart fr %x cr %x ifls %x lcrh %x\n", REG(UART0 + 0x18) & 0x80, REG(UART0 + 0x30), REG(UART0 + 0x34), REG(UART0 + 0x2C));
    REG(UART0 + 0x24) = 27;
    REG(UART0 + 0x28) = 8;
    REG(UART0 + 0x2C) = 0x70;
    REG(UART0 + 0x30) = 0x301;
    (void)REG(UART0); /* QEMU's input has arrived before the program started, and it waits for this */
    for (const char *text = "hello from the UART\n"; *text; text++) {
        while (REG(UART0 + 0x18) & 0x20)
            ;
        REG(UART0) = (uint8_t)*text;
    }
    print("ris %x\n", REG(UART0 + 0x3C) & 0x20);
    REG(UART0 + 0x44) = 0x20;
    REG(UART0 + 0x38) = 0x50;
    NVIC_ISER0 = 1 << 5;
    while (received == 0 || line[received - 1] != '\n')
        ;
    print("line of %d: %s", received, (const char *)line);

    /* 32 bits, periodic: GPTMCFG 0, GPTMTAMR 2. */
    NVIC_ISER0 = 1 << 19 | 1 << 0;
    REG(TIMER0 + 0x00) = 0;
    REG(TIMER0 + 0x04) = 2;
    REG(TIMER0 + 0x28) = 500000;
    print("tailr %d ctl %x\n", REG(TIMER0 + 0x28), REG(TIMER0 + 0x0C));
    REG(TIMER0 + 0x18) = 1;
    REG(TIMER0 + 0x0C) = 1;
    while (timeouts < 3)
        ;
    REG(TIMER0 + 0x0C) = 0;
    /* One-shot: the enable bit falls by itself. */
    REG(TIMER1 + 0x04) = 1;
    REG(TIMER1 + 0x28) = 100000;
    REG(TIMER1 + 0x0C) = 1;
    while (!(REG(TIMER1 + 0x1C) & 1))
        ;
    print("one-shot: ctl %x ris %x mis %x\n", REG(TIMER1 + 0x0C), REG(TIMER1 + 0x1C), REG(TIMER1 + 0x20));

    /* A level interrupt on low input pins. */
    REG(GPIO_A + 0x400) = 0x0F;
    REG(GPIO_A + 0x03C) = 0xFF;
    print("gpio data %x dir %x\n", REG(GPIO_A + 0x3FC), REG(GPIO_A + 0x400));
    REG(GPIO_A + 0x404) = 0xF0;
    REG(GPIO_A + 0x410) = 0xF0;
    while (!gpio)
        ;
    print("gpio mis %x\n", gpio);

    REG(WATCHDOG) = 1000000;
    NVIC_ISER0 = 1 << 18;
    REG(WATCHDOG + 8) = 1;
    REG(WATCHDOG + 8) = 0;
    print("watchdog control %x\n", REG(WATCHDOG + 8));
    while (bites < 2)
        ;
    print("bites %d\n", bites);
    return 0;
}
