/* AES-128 (FIPS 197) in ECB mode with the rounds' tables computed at the start, rounds unrolled. BLOCKS blocks. */

#include "console.h"
#include <stdint.h>

#ifndef BLOCKS
#define BLOCKS 1000
#endif

static uint8_t box[256];
static uint32_t tables[4][256], keys[44];

static uint8_t twice(uint8_t x) { return (uint8_t)(x << 1 ^ (x & 0x80 ? 0x1B : 0)); }
static uint32_t turn(uint32_t x, int n) { return x << n | x >> (32 - n); }

static void make_tables(void)
{
    uint8_t p = 1, q = 1;
    do {
        p = (uint8_t)(p ^ twice(p)); /* times 3 */
        q ^= (uint8_t)(q << 1);      /* divided by 3 */
        q ^= (uint8_t)(q << 2);
        q ^= (uint8_t)(q << 4);
        if (q & 0x80)
            q ^= 9;
        box[p] = (uint8_t)(q ^ (q << 1 | q >> 7) ^ (q << 2 | q >> 6) ^ (q << 3 | q >> 5) ^ (q << 4 | q >> 4) ^ 0x63);
    } while (p != 1);
    box[0] = 0x63;
    for (int i = 0; i < 256; i++) {
        uint8_t s = box[i], d = twice(s);
        uint32_t column = (uint32_t)d << 24 | s << 16 | s << 8 | (uint8_t)(d ^ s);
        for (int n = 0; n < 4; n++)
            tables[n][i] = n ? column >> 8 * n | column << (32 - 8 * n) : column;
    }
}

static uint32_t substitute(uint32_t x)
{
    return (uint32_t)box[x >> 24] << 24 | box[x >> 16 & 255] << 16 | box[x >> 8 & 255] << 8 | box[x & 255];
}

static void expand(const uint32_t *key)
{
    uint8_t constant = 1;
    for (int i = 0; i < 44; i++) {
        uint32_t word = i < 4 ? key[i] : keys[i - 1];
        if (i >= 4 && !(i & 3)) {
            word = substitute(turn(word, 8)) ^ (uint32_t)constant << 24;
            constant = twice(constant);
        }
        keys[i] = i < 4 ? word : keys[i - 4] ^ word;
    }
}

#define COLUMN(a, b, c, d, n)                                                                                          \
    (tables[0][a >> 24] ^ tables[1][b >> 16 & 255] ^ tables[2][c >> 8 & 255] ^ tables[3][d & 255] ^ keys[n])
#define ROUND(n)                                                                                                       \
    do {                                                                                                               \
        uint32_t p = COLUMN(a, b, c, d, 4 * n), q = COLUMN(b, c, d, a, 4 * n + 1);                                     \
        uint32_t r = COLUMN(c, d, a, b, 4 * n + 2), s = COLUMN(d, a, b, c, 4 * n + 3);                                 \
        a = p, b = q, c = r, d = s;                                                                                    \
    } while (0)
#define LAST(a, b, c, d, n)                                                                                            \
    (((uint32_t)box[a >> 24] << 24 | box[b >> 16 & 255] << 16 | box[c >> 8 & 255] << 8 | box[d & 255]) ^ keys[n])

static void encrypt(uint32_t *block)
{
    uint32_t a = block[0] ^ keys[0], b = block[1] ^ keys[1], c = block[2] ^ keys[2], d = block[3] ^ keys[3];
    ROUND(1); ROUND(2); ROUND(3); ROUND(4); ROUND(5); ROUND(6); ROUND(7); ROUND(8); ROUND(9);
    block[0] = LAST(a, b, c, d, 40), block[1] = LAST(b, c, d, a, 41);
    block[2] = LAST(c, d, a, b, 42), block[3] = LAST(d, a, b, c, 43);
}

int main(void)
{
    /* FIPS 197, appendix C.1. */
    static const uint32_t key[4] = {0x00010203, 0x04050607, 0x08090a0b, 0x0c0d0e0f};
    uint32_t block[4] = {0x00112233, 0x44556677, 0x8899aabb, 0xccddeeff};
    make_tables();
    expand(key);
    encrypt(block);
    int wrong = block[0] != 0x69c4e0d8 || block[3] != 0x70b4c55a;
    for (int i = 1; i < BLOCKS; i++)
        encrypt(block);
    print("%x\n", block[0]);
    return wrong;
}
