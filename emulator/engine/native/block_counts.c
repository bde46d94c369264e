/*
 * How often blocks are executed, for coverage: on_block(), and one counter for each block, by what comes after it. The
 * reference is block_counts.py, which also takes what is counted of a block when its slot becomes another's. A run that
 * is not counted has on_block() alone.
 */
#include "blocks.h"

_Static_assert(sizeof(block_count) == sizeof(block_slot), "a block's count is found by the place of its slot");

static block_count *count_of(block_counts *c, const block_slot *slot)
{
    size_t place = (const uint8_t *)slot - c->counted->blocks.slots;
    block_count *count = (block_count *)((uint8_t *)c->counts + place);
    if (__builtin_expect(count->key != slot->key, 0)) {
        if (count->key) {
            c->moved = count;
            c->take();
        }
        count->key = slot->key;
        count->end = (uint32_t)(slot->key >> 12) + (uint32_t)(slot->key & 0xFFF);
    }
    return count;
}

void on_counted_block(void *uc, uint64_t address, uint32_t size, void *data)
{
    block_counts *c = data;
    state *s = c->counted;
    block_count *before = c->current;
    if (__builtin_expect(before != NULL, 1)) {
        if (__builtin_expect(s->current && !s->stopped, 1)) {
            if (before->end == (uint32_t)address)
                before->passed++;
            else
                before->jumped++;
        } else {
            before->stopped++; /* the engine stopped in it, or at its end */
        }
    }
    if (!enter_at_once(s, address, size))
        look_at_block(s, uc, address, size);
    c->current = s->current && !s->stopped ? count_of(c, s->current) : NULL;
}
