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

_Static_assert(offsetof(state, has_splits) == offsetof(state, stopped) + 4, "they are read together");
_Static_assert(offsetof(state, current_kinds) == offsetof(state, current_count) + 4, "they are copied together");
_Static_assert(offsetof(block_slot, kinds) == offsetof(block_slot, count) + 4, "they are copied together");
_Static_assert(offsetof(block_slot, aligned) == offsetof(block_slot, used) + 2, "they are read together");

/* A count of instructions and kinds, side by side in a block's slot and in the state: moved in one piece. */
static inline uint64_t counted_kinds(const uint32_t *count)
{
    uint64_t both;
    memcpy(&both, count, sizeof both);
    return both;
}

static inline void enter(state *s, block_slot *slot, uint64_t executed)
{
    uint64_t entered = counted_kinds(&slot->count);
    s->executed = executed;
    if (s->current)
        s->previous = (uintptr_t)s->current;
    memcpy(&s->current_count, &entered, sizeof entered);
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
    uint64_t key = address << 12 | size;
    block_slot *slot = &blocks_of(s)[block_place(key) & s->blocks.mask];
    uint64_t left = counted_kinds(&s->current_count), entered = counted_kinds(&slot->count);
    uint64_t executed = s->executed + (uint32_t)left, refusals;
    memcpy(&refusals, &s->stopped, sizeof refusals); /* and has_splits */
    refusals |= (uint32_t)(left >> 32) & s->after;
    refusals |= (uint32_t)(entered >> 32) & s->before;
    if (__builtin_expect(slot->key == key && executed < s->limit && !refusals, 1)) {
        uint32_t use; /* 1: used, and aligned is 0 */
        memcpy(&use, &slot->used, sizeof use);
        if (__builtin_expect(use != 1, 0)) {
            uint32_t bases = slot->aligned;
            if (bases && (!s->core || bases & IS_HOT || !is_plainly_based(s, bases)))
                return false;
            if (!slot->used) /* else its cache line stays clean */
                slot->used = 1;
        }
        enter(s, slot, executed);
        return true;
    }
    return false;
}

/* A block at which something may have to be done. */
void look_at_block(state *s, void *uc, uint64_t address, uint32_t size);

#endif
