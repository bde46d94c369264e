/* The string library, number parsing and formatting, sorting and searching with call-backs. */
#include "check.h"
#include <ctype.h>
#include <stdlib.h>

static const char *const words[] = {"pear", "apple", "fig", "banana", "cherry", "date", "elder", "apples", "", "figs"};
enum { WORDS = sizeof words / sizeof *words };

static int by_text(const void *a, const void *b) { return strcmp(*(char *const *)a, *(char *const *)b); }
static int by_value(const void *a, const void *b)
{
    int32_t x = *(const int32_t *)a, y = *(const int32_t *)b;
    return (x > y) - (x < y);
}

static void lengths(void)
{
    static char text[80];
    for (unsigned start = 0; start < 8; start++)
        for (unsigned length = 0; length < 40; length++) {
            memset(text, 'x', sizeof text);
            text[start + length] = 0;
            CHECK(strlen(OPAQUE((char *)text) + start) == length);
            CHECK(strchr(text + start, 0) == text + start + length);
            if (length > 3) {
                text[start + length - 2] = 'y';
                CHECK(strchr(text + start, 'y') == text + start + length - 2);
                CHECK(memchr(text + start, 'y', length) == text + start + length - 2);
            }
        }
}

int main(void)
{
    lengths();
    const char *sorted[WORDS];
    memcpy(sorted, words, sizeof words);
    qsort(sorted, WORDS, sizeof *sorted, by_text);
    for (int i = 0; i < WORDS; i++)
        printf("%s ", sorted[i]);
    puts("");
    const char *wanted = "cherry";
    const char **found = bsearch(&wanted, sorted, WORDS, sizeof *sorted, by_text);
    CHECK(found && strcmp(*found, "cherry") == 0);
    for (int i = 0; i < WORDS; i++)
        for (int j = 0; j < WORDS; j++) {
            int order = strcmp(words[i], words[j]), prefix = strncmp(words[i], words[j], 3);
            mix((uint32_t)((order > 0) | (order < 0) << 1 | (prefix > 0) << 2 | (prefix < 0) << 3));
            mix(strstr(words[i], words[j]) ? (uint32_t)(strstr(words[i], words[j]) - words[i]) : 99u);
            mix((uint32_t)(strspn(words[i], words[j]) * 16 + strcspn(words[i], words[j])));
        }
    section("comparisons");
    static int32_t numbers[300];
    for (int i = 0; i < 300; i++)
        numbers[i] = (int32_t)next_random() >> (next_random() & 31);
    qsort(numbers, 300, sizeof *numbers, by_value);
    for (int i = 1; i < 300; i++)
        CHECK(numbers[i - 1] <= numbers[i]);
    mix_bytes(numbers, sizeof numbers);
    section("qsort");
    char line[] = "one, two;three  four,,five";
    for (char *token = strtok(line, ",; "); token; token = strtok(NULL, ",; "))
        printf("[%s]", token);
    puts("");
    char *end;
    CHECK(strtol("  -0x7fFF rest", &end, 0) == -0x7FFF && strcmp(end, " rest") == 0);
    CHECK(strtoul("777", NULL, 8) == 0777 && strtol("99999999999", NULL, 10) == 0x7FFFFFFF && atoi("-12x") == -12);
    for (int c = 0; c < 128; c++)
        mix((uint32_t)((isalpha(c) != 0) | (isdigit(c) != 0) << 1 | (isspace(c) != 0) << 2 | toupper(c) << 4));
    section("ctype");
    char text[64];
    for (int i = 0; i < 40; i++) {
        int length = snprintf(text, sizeof text, "%*d|%-*u|%#x|%o", i % 9, (int)next_random() >> i % 31, i % 7,
                              (unsigned)next_random() >> i % 31, (unsigned)i * 77, (unsigned)i * 1234);
        mix_bytes(text, (size_t)length);
    }
    section("snprintf");
    return verdict();
}
