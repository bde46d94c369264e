/* Variable arguments of every class the procedure call standard knows, copied, passed on and printed. */
#include "check.h"
#include <stdarg.h>

struct small { int8_t a; int16_t b; };
struct large { uint32_t words[5]; double d; };

static void walk(const char *kinds, ...)
{
    va_list arguments, copy;
    va_start(arguments, kinds);
    va_copy(copy, arguments);
    for (int round = 0; round < 2; round++) {
        for (const char *kind = kinds; *kind; kind++) {
            va_list *list = round ? &copy : &arguments;
            switch (*kind) {
            case 'i': mix((uint32_t)va_arg(*list, int)); break;
            case 'l': mix64((uint64_t)va_arg(*list, long long)); break;
            case 'd': { double d = va_arg(*list, double); mix_bytes(&d, sizeof d); break; }
            case 'p': mix((uint32_t)strlen(va_arg(*list, const char *))); break;
            case 's': { struct small s = va_arg(*list, struct small); mix((uint32_t)(s.a * 1000 + s.b)); break; }
            case 'L': { struct large s = va_arg(*list, struct large); mix_bytes(&s.d, 8); mix(s.words[4]); break; }
            }
        }
    }
    va_end(copy);
    va_end(arguments);
}

static int format(char *out, size_t size, const char *text, ...)
{
    va_list arguments;
    va_start(arguments, text);
    int length = vsnprintf(out, size, text, arguments);
    va_end(arguments);
    return length;
}

static long long sum(int count, ...)
{
    long long total = 0;
    va_list arguments;
    va_start(arguments, count);
    while (count--)
        total += va_arg(arguments, int);
    va_end(arguments);
    return total;
}

int main(void)
{
    struct small s = {-3, 1234};
    struct large l = {{1, 2, 3, 4, 5}, 2.5};
    walk("i", 42);
    walk("ildps", 1, 2LL << 40, 3.25, "four", s);
    walk("liLisd", -1LL, -2, l, 7, s, -0.0);
    walk("iiiiiiiiiddd", 1, 2, 3, 4, 5, 6, 7, 8, 9, 1e300, -1e-300, 0.1);
    walk("dLdLd", 1.0, l, 2.0, l, 3.0);
    section("walk");
    char text[96];
    int length = format(text, sizeof text, "%d %5.3f|%-6s|%06x|%c%%|%ld", -7, 3.14159, "ab", 0xBEEF, 'z', -1073741824L);
    CHECK(length == (int)strlen(text));
    CHECK(strcmp(text, "-7 3.142|ab    |00beef|z%|-1073741824") == 0);
    puts(text);
    CHECK(format(text, 4, "%s", "truncated") == 9 && strcmp(text, "tru") == 0);
    CHECK(sum(0) == 0 && sum(3, 1, 2, 3) == 6 && sum(9, 1, -2, 3, -4, 5, -6, 7, -8, 9) == 5);
    return verdict();
}
