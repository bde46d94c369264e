/*
 * How often blocks are executed, for coverage: on_block() and two counters. The reference is block_counts.py, which also
 * takes what is counted of a block when its slot becomes another's. A run that is not counted has on_block() alone.
 */
#include "state.h"

static block_count *count_of(block_counts *c, const block_slot *slot)
{
    block_count *count = &c->counts[slot - (const block_slot *)c->counted->blocks.slots];
    if (count->key != slot->key) {
        if (count->key) {
            c->moved = count;
            c->take();
        }
        count->key = slot->key;
    }
    return count;
}

void on_counted_block(void *uc, uint64_t address, uint32_t size, void *data)
{
    block_counts *c = data;
    state *s = c->counted;
    bool is_over = s->stopped; /* what executes now is undone */
    if (s->current && !is_over) {
        uint64_t key = c->current->key;
        c->current->passed += address == (uint32_t)((uint32_t)(key >> 12) + (uint32_t)(key & 0xFFF));
    }
    on_block(uc, address, size, s);
    if (s->current && !is_over && !s->stopped) {
        c->current = count_of(c, s->current);
        c->current->begun++;
    }
}
