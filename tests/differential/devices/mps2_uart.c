/* CMSDK UARTs: sending by polling and by interrupt, receiving by polling and by interrupt, overruns, five of them. */
#include "console.h"
#include "registers.h"

#define DATA 0x00
#define STATE 0x04
#define CTRL 0x08
#define INTSTATUS 0x0C
#define BAUDDIV 0x10

static const uint32_t uarts[] = {0x40004000, 0x40005000, 0x40006000, 0x40007000, 0x40009000};
static const char *volatile rest;
static volatile unsigned sent, received;
static volatile char line[80];

static void send(uint32_t uart, const char *text)
{
    while (*text) {
        while (REG(uart + STATE) & 1)
            ;
        REG(uart + DATA) = (uint8_t)*text++;
    }
}

/* UART 0 transmits: the next character of ``rest``. */
void IRQ1_Handler(void)
{
    REG(uarts[0] + INTSTATUS) = 1;
    if (*rest) {
        sent++;
        REG(uarts[0] + DATA) = (uint8_t)*rest++;
    }
}

/* UART 0 receives. */
void IRQ0_Handler(void)
{
    REG(uarts[0] + INTSTATUS) = 2;
    if (received < sizeof line - 1)
        line[received++] = (char)REG(uarts[0] + DATA);
}

int main(void)
{
    REG(0x40001008) = 25000; /* QEMU looks for input when a timer expires, and not at once when a UART is enabled */
    REG(0x40001000) = 9;
    for (unsigned n = 0; n < 5; n++) {
        uint32_t uart = uarts[n];
        print("uart %d: state %x ctrl %x int %x div %x\n", n, REG(uart + STATE), REG(uart + CTRL), REG(uart + INTSTATUS),
              REG(uart + BAUDDIV));
        REG(uart + BAUDDIV) = 0xFFFFFFFF;
        print("div %x\n", REG(uart + BAUDDIV));
        REG(uart + BAUDDIV) = 217;
        REG(uart + CTRL) = 0xFFFFFF83;
        print("ctrl %x\n", REG(uart + CTRL));
    }
    send(uarts[0], "polled\n");
    send(uarts[1], "nobody hears this\n");

    /* By polling: bytes arrive one at a time. */
    for (unsigned n = 0; n < 6; n++) {
        while (!(REG(uarts[0] + STATE) & 2))
            ;
        print("got %x\n", REG(uarts[0] + DATA));
    }

    /* By interrupt, up to the end of the line. */
    REG(uarts[0] + CTRL) = 0x0B;
    NVIC_ISER0 = 3;
    do {
        disable_interrupts();
        if (received == 0 || line[received - 1] != '\n')
            wait_for_interrupt();
        enable_interrupts();
    } while (received == 0 || line[received - 1] != '\n');
    print("line of %d: %s", received, (const char *)line);

    REG(uarts[0] + CTRL) = 0x05;
    rest = " by interrupt\n";
    REG(uarts[0] + DATA) = '>';
    while (*rest)
        ;
    print("sent %d, state %x int %x\n", sent, REG(uarts[0] + STATE), REG(uarts[0] + INTSTATUS) & ~1);
    return 0;
}
