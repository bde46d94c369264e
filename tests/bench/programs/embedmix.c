/*
 * Small kernels of embedded programs, in the manner of Embench: Huffman coding, sorting, a table-driven CRC, base64,
 * an edge filter, a heap with its own allocator, planets in floating point (single, and double in software), queens.
 */

#include "console.h"
#include <stdint.h>
#include <string.h>

#ifndef ROUNDS
#define ROUNDS 1
#endif

static uint32_t seed = 1;
static uint32_t next_random(void) { return seed = seed * 1664525u + 1013904223u; }

/* -- Huffman -- */

#define SYMBOLS 32
static uint8_t message[512], decoded[512];
static uint32_t packed[160];
static struct { uint16_t weight; int8_t left, right, parent; } nodes[2 * SYMBOLS];

static int lightest(int count)
{
    int best = -1;
    for (int i = 0; i < count; i++)
        if (nodes[i].parent < 0 && (best < 0 || nodes[i].weight < nodes[best].weight))
            best = i;
    return best;
}

static int build_tree(void)
{
    int count = SYMBOLS;
    for (int i = 0; i < SYMBOLS; i++)
        nodes[i].weight = 1, nodes[i].left = nodes[i].right = nodes[i].parent = -1;
    for (unsigned i = 0; i < sizeof message; i++)
        nodes[message[i]].weight++;
    for (; count < 2 * SYMBOLS - 1; count++) {
        nodes[count].parent = 0;
        int left = lightest(count);
        nodes[left].parent = (int8_t)count;
        int right = lightest(count);
        nodes[right].parent = (int8_t)count;
        nodes[count].weight = (uint16_t)(nodes[left].weight + nodes[right].weight);
        nodes[count].left = (int8_t)left, nodes[count].right = (int8_t)right, nodes[count].parent = -1;
    }
    return count - 1;
}

static uint32_t huffman(void)
{
    uint32_t bits = 0;
    for (unsigned i = 0; i < sizeof message; i++)
        message[i] = (uint8_t)__builtin_clz(next_random() | 1);
    memset(packed, 0, sizeof packed);
    int root = build_tree();
    for (unsigned i = 0; i < sizeof message; i++) {
        uint32_t code = 0, length = 0;
        for (int node = message[i]; node != root; node = nodes[node].parent)
            code |= (uint32_t)(nodes[nodes[node].parent].right == node) << length++;
        while (length--) {
            packed[bits >> 5] |= (code >> length & 1) << (bits & 31);
            bits++;
        }
    }
    uint32_t read = 0;
    for (unsigned i = 0; i < sizeof message; i++) {
        int node = root;
        while (nodes[node].left >= 0) {
            node = packed[read >> 5] >> (read & 31) & 1 ? nodes[node].right : nodes[node].left;
            read++;
        }
        decoded[i] = (uint8_t)node;
    }
    for (unsigned i = 0; i < sizeof message; i++)
        if (decoded[i] != message[i])
            return 0;
    return bits;
}

/* -- sorting -- */

static int32_t numbers[300];

static void quick_sort(int32_t *low, int32_t *high)
{
    while (low < high) {
        int32_t pivot = low[(high - low) / 2], *i = low, *j = high;
        while (i <= j) {
            while (*i < pivot)
                i++;
            while (*j > pivot)
                j--;
            if (i <= j) {
                int32_t kept = *i;
                *i++ = *j;
                *j-- = kept;
            }
        }
        if (j - low < high - i) {
            quick_sort(low, j);
            low = i;
        } else {
            quick_sort(i, high);
            high = j;
        }
    }
}

static uint32_t sort(void)
{
    for (int i = 0; i < 300; i++)
        numbers[i] = (int32_t)next_random() >> 4;
    quick_sort(numbers, numbers + 299);
    return (uint32_t)numbers[150];
}

/* -- CRC, base64 -- */

static uint32_t crc_table[256];

static uint32_t crc(const uint8_t *bytes, unsigned size)
{
    uint32_t value = ~0u;
    if (!crc_table[1])
        for (uint32_t n = 0; n < 256; n++) {
            uint32_t c = n;
            for (int bit = 0; bit < 8; bit++)
                c = c & 1 ? c >> 1 ^ 0xEDB88320u : c >> 1;
            crc_table[n] = c;
        }
    while (size--)
        value = crc_table[(value ^ *bytes++) & 255] ^ value >> 8;
    return ~value;
}

static uint32_t base64(void)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    static char text[700];
    char *out = text;
    for (unsigned i = 0; i + 2 < sizeof message; i += 3) {
        uint32_t group = (uint32_t)message[i] << 16 | message[i + 1] << 8 | message[i + 2];
        for (int shift = 18; shift >= 0; shift -= 6)
            *out++ = digits[group >> shift & 63];
    }
    return crc((const uint8_t *)text, (unsigned)(out - text));
}

/* -- edges of a picture -- */

#define WIDTH 32
static uint8_t picture[WIDTH][WIDTH], edges[WIDTH][WIDTH];

static uint32_t edge(void)
{
    uint32_t count = 0;
    for (int i = 0; i < WIDTH * WIDTH; i++)
        (&picture[0][0])[i] = (uint8_t)(next_random() >> 24);
    for (int y = 1; y < WIDTH - 1; y++)
        for (int x = 1; x < WIDTH - 1; x++) {
            int across = picture[y - 1][x + 1] + 2 * picture[y][x + 1] + picture[y + 1][x + 1] -
                         picture[y - 1][x - 1] - 2 * picture[y][x - 1] - picture[y + 1][x - 1];
            int down = picture[y + 1][x - 1] + 2 * picture[y + 1][x] + picture[y + 1][x + 1] -
                       picture[y - 1][x - 1] - 2 * picture[y - 1][x] - picture[y - 1][x + 1];
            int size = (across < 0 ? -across : across) + (down < 0 ? -down : down);
            count += edges[y][x] = (uint8_t)(size > 255 ? 255 : size);
        }
    return count;
}

/* -- a tree in an arena -- */

struct leaf {
    struct leaf *less, *more;
    uint32_t key;
};
static struct leaf arena[256];
static unsigned used;

static struct leaf *add(struct leaf *tree, uint32_t key)
{
    if (!tree) {
        tree = &arena[used++];
        tree->less = tree->more = 0;
        tree->key = key;
    } else if (key < tree->key) {
        tree->less = add(tree->less, key);
    } else if (key > tree->key) {
        tree->more = add(tree->more, key);
    }
    return tree;
}

static uint32_t depth(const struct leaf *tree)
{
    if (!tree)
        return 0;
    uint32_t less = depth(tree->less), more = depth(tree->more);
    return 1 + (less > more ? less : more);
}

static uint32_t tree(void)
{
    struct leaf *root = 0;
    used = 0;
    for (int i = 0; i < 256; i++)
        root = add(root, next_random() >> 8);
    return depth(root);
}

/* -- floating point -- */

static struct { float x, y, z, vx, vy, vz, mass; } bodies[5];

static float square_root(float x)
{
    float root;
    __asm__("vsqrt.f32 %0, %1" : "=t"(root) : "t"(x));
    return root;
}

static uint32_t planets(void)
{
    for (int i = 0; i < 5; i++) {
        bodies[i].x = (float)i, bodies[i].y = (float)(i * i) * 0.25f, bodies[i].z = (float)(5 - i);
        bodies[i].vx = bodies[i].vy = bodies[i].vz = 0.1f * (float)i;
        bodies[i].mass = 1.0f / (float)(i + 1);
    }
    for (int step = 0; step < 20; step++) {
        for (int i = 0; i < 5; i++)
            for (int j = i + 1; j < 5; j++) {
                float dx = bodies[i].x - bodies[j].x, dy = bodies[i].y - bodies[j].y, dz = bodies[i].z - bodies[j].z;
                float square = dx * dx + dy * dy + dz * dz + 0.01f;
                float factor = 0.001f / (square * square_root(square));
                bodies[i].vx -= dx * bodies[j].mass * factor, bodies[j].vx += dx * bodies[i].mass * factor;
                bodies[i].vy -= dy * bodies[j].mass * factor, bodies[j].vy += dy * bodies[i].mass * factor;
                bodies[i].vz -= dz * bodies[j].mass * factor, bodies[j].vz += dz * bodies[i].mass * factor;
            }
        for (int i = 0; i < 5; i++) {
            bodies[i].x += bodies[i].vx * 0.01f;
            bodies[i].y += bodies[i].vy * 0.01f;
            bodies[i].z += bodies[i].vz * 0.01f;
        }
    }
    return (uint32_t)(bodies[2].x * 1e6f);
}

static uint32_t root(void)
{
    double low = 0, high = 3;
    for (int i = 0; i < 40; i++) {
        double middle = (low + high) * 0.5;
        if (middle * middle * middle - 2 * middle > 5.0)
            high = middle;
        else
            low = middle;
    }
    return (uint32_t)(low * 1e6);
}

/* -- queens -- */

static uint32_t queens(uint32_t columns, uint32_t falling, uint32_t rising)
{
    uint32_t count = 0;
    if (columns == 0x7F)
        return 1;
    for (uint32_t free = ~(columns | falling | rising) & 0x7F; free;) {
        uint32_t place = free & -free;
        free ^= place;
        count += queens(columns | place, (falling | place) << 1, (rising | place) >> 1);
    }
    return count;
}

int main(void)
{
    uint32_t sum = 0;
    for (int round = 0; round < ROUNDS; round++) {
        uint32_t bits = huffman();
        if (!bits)
            return 1;
        sum += bits + sort() + crc(message, sizeof message) + base64() + edge() + tree() + planets() + root();
        sum += queens(0, 0, 0) - 40;
    }
    print("%x\n", sum);
    return 0;
}
