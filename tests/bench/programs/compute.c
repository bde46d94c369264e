/* CRC, matrix product, sort and string work on data in RAM: the loop-heavy workload. ROUNDS decides how long it runs. */

#include "console.h"
#include <stdint.h>
#include <string.h>

#ifdef SPLIT
#include "split.h"
#endif

#ifndef ROUNDS
#define ROUNDS 1
#endif
#define SIZE 4096
#define ORDER 24

static uint32_t words[SIZE];
static char text[SIZE] __attribute__((aligned(1024)));
static float left[ORDER][ORDER], right[ORDER][ORDER], product[ORDER][ORDER];
static uint32_t state = 12345;

static uint32_t next_random(void)
{
    state ^= state << 13;
    state ^= state >> 17;
    return state ^= state << 5;
}

static uint32_t crc32(const void *data, unsigned size)
{
    const uint8_t *bytes = data;
    uint32_t crc = ~0u;
    while (size--) {
        crc ^= *bytes++;
        for (int bit = 0; bit < 8; bit++)
            crc = crc >> 1 ^ (0xEDB88320u & -(crc & 1));
    }
    return ~crc;
}

static void heap_sort(uint32_t *a, int n)
{
    for (int start = n / 2 - 1, end = n - 1; end > 0;) {
        if (start >= 0) {
            start--;
        } else {
            uint32_t top = a[0];
            a[0] = a[end];
            a[end--] = top;
        }
        for (int root = start + 1, child; (child = 2 * root + 1) <= end; root = child) {
            if (child < end && a[child] < a[child + 1])
                child++;
            if (a[root] >= a[child])
                break;
            uint32_t kept = a[root];
            a[root] = a[child];
            a[child] = kept;
        }
    }
}

static void multiply(void)
{
    for (int i = 0; i < ORDER; i++)
        for (int j = 0; j < ORDER; j++) {
            float sum = 0;
            for (int k = 0; k < ORDER; k++)
                sum += left[i][k] * right[k][j];
            product[i][j] = sum;
        }
}

static unsigned words_in_text(void)
{
    unsigned count = 0;
    for (char *word = text; *word; count++) {
        while (*word == ' ')
            word++;
        while (*word && *word != ' ')
            word++;
    }
    return count;
}

int main(void)
{
    uint32_t sum = 0;
#ifdef SPLIT
    split_page(text);
#endif
    for (int round = 0; round < ROUNDS; round++) {
        for (int i = 0; i < SIZE; i++)
            words[i] = next_random();
        sum += crc32(words, sizeof words);
        heap_sort(words, SIZE);
        sum += words[SIZE / 2];
        for (int i = 0; i < ORDER * ORDER; i++) {
            (&left[0][0])[i] = (float)(words[i] & 0xFF);
            (&right[0][0])[i] = (float)(words[i] >> 24);
        }
        for (int i = 0; i < 8; i++)
            multiply();
        sum += (uint32_t)product[3][5];
        for (int i = 0; i < SIZE - 1; i++)
            text[i] = words[i] & 7 ? (char)('a' + words[i] % 26) : ' ';
        sum += words_in_text() + strlen(text);
        memcpy(text, words, SIZE / 2);
    }
    print("%x\n", sum);
    return 0;
}
