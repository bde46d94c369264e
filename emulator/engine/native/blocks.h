/* What a hook on blocks does with nearly every block, inlined: on_block(), and on_counted_block() for coverage. */
#ifndef V7M_BLOCKS_H
#define V7M_BLOCKS_H

#include "state.h"

#include <stddef.h>
#include <string.h>

static inline block_slot *blocks_of(const state *s)
{
    return (block_slot *)s->blocks.slots;
}

static inline void enter(state *s, block_slot *slot, uint64_t executed)
{
    if (!slot->used) /* else its cache line stays clean */
        slot->used = 1;
    s->executed = executed;
    if (s->current)
        s->previous = (uintptr_t)s->current;
    memcpy((char *)s + offsetof(state, current_count), (char *)slot + offsetof(block_slot, count), 8); /* and kinds */
    s->current = slot;
}

/* is_well_based() where the registers' place is known: no call, so that on_block() saves no registers. */
static inline bool is_plainly_based(const state *s, uint32_t registers)
{
    uint32_t low = 0;
    for (; registers; registers &= registers - 1)
        low |= s->core[__builtin_ctz(registers)];
    return !(low & 3);
}

/* Nearly every block of a run is known, in its first place, and nothing is to be done. */
static inline bool enter_at_once(state *s, uint64_t address, uint32_t size)
{
    uint64_t key = address << 12 | size, executed = s->executed + s->current_count;
    block_slot *slot = &blocks_of(s)[block_place(key) & s->blocks.mask];
    uint32_t duties = (s->current_kinds & s->after) | (slot->kinds & s->before) | s->stopped | s->has_splits;
    if (__builtin_expect(slot->key == key && executed < s->limit && !duties, 1)) {
        uint32_t bases = slot->aligned;
        if (__builtin_expect(!bases || (s->core && !(bases & IS_HOT) && is_plainly_based(s, bases)), 1)) {
            enter(s, slot, executed);
            return true;
        }
    }
    return false;
}

/* A block at which something may have to be done. */
void look_at_block(state *s, void *uc, uint64_t address, uint32_t size);

#endif
