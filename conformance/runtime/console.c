#include "console.h"
#include <stdarg.h>

#define ADP_STOPPED_APPLICATION_EXIT 0x20026u

struct conformance_report conformance_report __attribute__((section(".report")));
const volatile uint32_t conformance_semihosting = 1;

static char buffer[256];
static unsigned used;

int semihost(int operation, const void *argument)
{
    register int r0 __asm__("r0") = operation;
    register const void *r1 __asm__("r1") = argument;
    __asm__ volatile("bkpt 0xAB" : "+r"(r0) : "r"(r1) : "memory");
    return r0;
}

/* Lines go out whole: one request a line (or a full buffer). */
static void flush(void)
{
    buffer[used] = 0;
    if (conformance_semihosting)
        semihost(SYS_WRITE0, buffer);
    else
        for (unsigned i = 0; i < used; i++, conformance_report.used++)
            if (conformance_report.used < sizeof conformance_report.text)
                conformance_report.text[conformance_report.used] = buffer[i];
    used = 0;
}

static void put(char c)
{
    buffer[used++] = c;
    if (c == '\n' || used == sizeof buffer - 1)
        flush();
}

__attribute__((noinline)) void conformance_end(void)
{
    for (;;)
        __asm__ volatile("");
}

void finish(int code)
{
    uint32_t block[2] = {ADP_STOPPED_APPLICATION_EXIT, (uint32_t)code};
    conformance_report.code = code;
    conformance_report.ended = 1;
    if (conformance_semihosting)
        semihost(SYS_EXIT_EXTENDED, block);
    conformance_end();
}

static void put_decimal(int value)
{
    char digits[12];
    unsigned n = 0, rest = value < 0 ? 0u - (unsigned)value : (unsigned)value;
    if (value < 0)
        put('-');
    do {
        digits[n++] = (char)('0' + rest % 10);
        rest /= 10;
    } while (rest);
    while (n)
        put(digits[--n]);
}

void print(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    for (; *format; format++) {
        if (*format != '%') {
            put(*format);
            continue;
        }
        switch (*++format) {
        case 'x': {
            uint32_t word = va_arg(arguments, uint32_t);
            for (int shift = 28; shift >= 0; shift -= 4)
                put("0123456789abcdef"[word >> shift & 15]);
            break;
        }
        case 'd':
            put_decimal(va_arg(arguments, int));
            break;
        case 'c':
            put((char)va_arg(arguments, int));
            break;
        case 's':
            for (const char *text = va_arg(arguments, const char *); *text; text++)
                put(*text);
            break;
        default:
            put(*format);
        }
    }
    va_end(arguments);
}
