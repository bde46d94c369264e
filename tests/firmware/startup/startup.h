/* What every program of this folder has: vectors, .data and .bss set up, the end. PART says which part it is for. */

#include <stdint.h>

#define REG(address) (*(volatile uint32_t *)(address))
#define REG16(address) (*(volatile uint16_t *)(address))
#define REG8(address) (*(volatile uint8_t *)(address))

extern uint32_t data_from[], data_begin[], data_end[], bss_begin[], bss_end[], stack_top[];

void SystemInit(void);
void console_init(void);
void console_put(char letter);
int console_get(void); /* the next byte, -1 while there is none */
void interrupt(void);
extern const unsigned console_irq;
void console_interrupts(int on);

static volatile unsigned ticks;
static uint32_t kept = 0x600D600D; /* in .data: copied from flash */
static uint32_t zeroed;
static volatile int heard = -1;

static void print(const char *text)
{
    while (*text)
        console_put(*text++);
}

static void finish(uint32_t reason)
{
    register uint32_t r0 __asm__("r0") = 0x18, r1 __asm__("r1") = reason;
    __asm__ volatile("bkpt 0xab" : : "r"(r0), "r"(r1) : "memory");
}

static void stray(void)
{
    finish(0x20023);
}

static void count(void)
{
    ticks++;
}

static void listen(void)
{
    int letter = console_get();
    if (letter >= 0) {
        heard = letter;
        console_interrupts(0);
    }
}

static void reset(void);

__attribute__((section(".vectors"), used)) static void (*const vectors[16 + 96])(void) = {
    (void (*)(void))stack_top, reset, [2 ... 14] = stray, [15] = count, [16 ... 111] = listen,
};

static void reset(void)
{
    uint32_t *from = data_from;
    for (uint32_t *to = data_begin; to < data_end;)
        *to++ = *from++;
    for (uint32_t *to = bss_begin; to < bss_end;)
        *to++ = 0;
    SystemInit();
    console_init();
    print(kept == 0x600D600D && !zeroed ? "up\n" : "bad data\n");
    REG(0xE000E014) = 9999; /* SysTick: every 10,000 cycles */
    REG(0xE000E018) = 0;
    REG(0xE000E010) = 7;
    while (ticks < 3) {
    }
    print("ticking\n");
    int letter;
    while ((letter = console_get()) != '\n')
        if (letter >= 0)
            console_put((char)letter);
    REG(0xE000E100 + console_irq / 32 * 4) = 1u << console_irq % 32;
    console_interrupts(1);
    while (heard < 0) {
    }
    console_put((char)heard);
    print(" by interrupt\n");
    finish(0x20026);
}
