/* LDRD, STRD, LDM and STM at work: records are copied and sorted, 64-bit numbers multiplied and summed. */

#include "console.h"
#include <stdint.h>

#ifndef ROUNDS
#define ROUNDS 1
#endif
#define COUNT 64

struct record {
    uint64_t key;
    uint32_t values[6];
};

static struct record records[COUNT], sorted[COUNT];
static uint64_t numbers[256];

static __attribute__((noinline)) void insert(struct record *to, int n, struct record record)
{
    for (; n && to[n - 1].key > record.key; n--)
        to[n] = to[n - 1];
    to[n] = record;
}

static __attribute__((noinline)) struct record twist(struct record record, uint64_t salt)
{
    record.key = record.key * 6364136223846793005u + salt;
    record.values[record.key >> 32 & 3] ^= (uint32_t)salt;
    return record;
}

static __attribute__((noinline)) uint64_t sum_of(const uint64_t *values, unsigned count, uint64_t start)
{
    while (count--)
        start = (start ^ *values++) + (start >> 7);
    return start;
}

int main(void)
{
    uint64_t sum = 1;
    for (int round = 0; round < ROUNDS; round++) {
        for (unsigned i = 0; i < 256; i++)
            numbers[i] = sum += numbers[i] * i + round;
        sum = sum_of(numbers, 256, sum);
        for (int i = 0; i < COUNT; i++)
            records[i] = twist(records[i], sum + i);
        for (int i = 0; i < COUNT; i++)
            insert(sorted, i, records[i]);
        sum += sorted[COUNT / 2].key;
    }
    print("%x %x\n", (unsigned)(sum >> 32), (unsigned)sum);
    return 0;
}
