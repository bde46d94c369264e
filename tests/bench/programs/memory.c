/* What the compiler calls by itself. */

#include <stddef.h>

void *memcpy(void *target, const void *source, size_t size)
{
    char *to = target;
    for (const char *from = source; size; size--)
        *to++ = *from++;
    return target;
}

void *memset(void *target, int value, size_t size)
{
    for (char *to = target; size; size--)
        *to++ = (char)value;
    return target;
}

size_t strlen(const char *text)
{
    const char *end = text;
    while (*end)
        end++;
    return (size_t)(end - text);
}
