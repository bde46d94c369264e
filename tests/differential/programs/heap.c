/* malloc, calloc, realloc and free in a random order, with the contents of every block checked. */
#include "check.h"
#include <malloc.h>
#include <stdlib.h>

enum { SLOTS = 24 };
static struct { uint8_t *bytes; size_t size; uint8_t seed; } slots[SLOTS];

static void paint(int i) { for (size_t n = 0; n < slots[i].size; n++) slots[i].bytes[n] = (uint8_t)(slots[i].seed + n * 7); }

static void verify(int i, size_t size)
{
    for (size_t n = 0; n < size; n++)
        CHECK(slots[i].bytes[n] == (uint8_t)(slots[i].seed + n * 7));
}

int main(void)
{
    for (int step = 0; step < 800; step++) {
        int i = (int)(next_random() % SLOTS);
        size_t size = 1 + next_random() % 300;
        if (!slots[i].bytes) {
            slots[i].bytes = step & 1 ? malloc(size) : calloc(1, size);
            slots[i].size = size;
        } else if (next_random() & 1) {
            verify(i, slots[i].size);
            uint8_t *moved = realloc(slots[i].bytes, size);
            CHECK(moved != NULL);
            slots[i].bytes = moved;
            verify(i, size < slots[i].size ? size : slots[i].size);
            slots[i].size = size;
        } else {
            verify(i, slots[i].size);
            free(slots[i].bytes);
            slots[i].bytes = NULL;
            continue;
        }
        CHECK(slots[i].bytes && ((uintptr_t)slots[i].bytes & 7) == 0);
        slots[i].seed = (uint8_t)next_random();
        paint(i);
        mix((uint32_t)slots[i].size);
    }
    section("steps");
    CHECK(malloc(OPAQUE((size_t)0x70000000)) == NULL);
    void *aligned = memalign(256, 512);
    CHECK(aligned && ((uintptr_t)aligned & 255) == 0);
    return verdict();
}
