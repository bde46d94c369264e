/* SHA-256 (FIPS 180-4) with all rounds of a block unrolled, as cryptographic libraries write it. BLOCKS blocks. */

#include "console.h"
#include <stdint.h>

#ifndef BLOCKS
#define BLOCKS 1000
#endif

static const uint32_t constants[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5, 0xd807aa98,
    0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174, 0xe49b69c1, 0xefbe4786,
    0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da, 0x983e5152, 0xa831c66d, 0xb00327c8,
    0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967, 0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13,
    0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85, 0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819,
    0xd6990624, 0xf40e3585, 0x106aa070, 0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a,
    0x5b9cca4f, 0x682e6ff3, 0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7,
    0xc67178f2,
};

static inline uint32_t turn(uint32_t x, int n) { return x >> n | x << (32 - n); }

#define STEP(a, b, c, d, e, f, g, h, t)                                                                                \
    do {                                                                                                               \
        uint32_t one = h + (turn(e, 6) ^ turn(e, 11) ^ turn(e, 25)) + ((e & f) ^ (~e & g)) + constants[t] + w[(t) & 15];\
        uint32_t two = (turn(a, 2) ^ turn(a, 13) ^ turn(a, 22)) + ((a & b) ^ (a & c) ^ (b & c));                       \
        d += one;                                                                                                      \
        h = one + two;                                                                                                 \
        uint32_t early = w[((t) + 1) & 15], late = w[((t) + 14) & 15];                                                 \
        w[(t) & 15] += (turn(early, 7) ^ turn(early, 18) ^ early >> 3) + w[((t) + 9) & 15] +                           \
                       (turn(late, 17) ^ turn(late, 19) ^ late >> 10);                                                 \
    } while (0)
#define EIGHT(t)                                                                                                       \
    STEP(a, b, c, d, e, f, g, h, t);                                                                                   \
    STEP(h, a, b, c, d, e, f, g, t + 1);                                                                               \
    STEP(g, h, a, b, c, d, e, f, t + 2);                                                                               \
    STEP(f, g, h, a, b, c, d, e, t + 3);                                                                               \
    STEP(e, f, g, h, a, b, c, d, t + 4);                                                                               \
    STEP(d, e, f, g, h, a, b, c, t + 5);                                                                               \
    STEP(c, d, e, f, g, h, a, b, t + 6);                                                                               \
    STEP(b, c, d, e, f, g, h, a, t + 7)

static void compress(uint32_t *state, const uint8_t *block)
{
    uint32_t w[16];
    uint32_t a = state[0], b = state[1], c = state[2], d = state[3];
    uint32_t e = state[4], f = state[5], g = state[6], h = state[7];
    for (int i = 0; i < 16; i++)
        w[i] = (uint32_t)block[4 * i] << 24 | block[4 * i + 1] << 16 | block[4 * i + 2] << 8 | block[4 * i + 3];
    EIGHT(0); EIGHT(8); EIGHT(16); EIGHT(24); EIGHT(32); EIGHT(40); EIGHT(48); EIGHT(56);
    state[0] += a; state[1] += b; state[2] += c; state[3] += d;
    state[4] += e; state[5] += f; state[6] += g; state[7] += h;
}

int main(void)
{
    /* "abc", padded: its hash is known, and begins ba7816bf. */
    static uint8_t block[64] = {'a', 'b', 'c', 0x80, [63] = 24};
    uint32_t state[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
    compress(state, block);
    int wrong = state[0] != 0xba7816bf || state[7] != 0xf20015ad;
    for (int i = 1; i < BLOCKS; i++) {
        block[i & 63] ^= (uint8_t)state[i & 7];
        compress(state, block);
    }
    print("%x\n", state[0]);
    return wrong;
}
