/*
 * What happens here and observers want to hear of: observers.py hands it on. Whoever finds the ring full leaves what it
 * was about to do to Python, which empties it first.
 */
#include "state.h"

bool can_note(const state *s, uint32_t count)
{
    return s->noted_count + count <= NOTED_EVENTS;
}

void note(state *s, uint64_t executed, uint32_t kind, int32_t number, uint32_t first, uint32_t second)
{
    if (s->observed)
        s->noted[s->noted_count++] = (noted_event){executed + s->skipped, kind, number, first, second};
}

/* Instructions executed before the one that executes now, which stands in the current block. [BlockClock.now()] */
uint64_t executed_now(const state *s, uint32_t block, uint32_t pc)
{
    uint64_t executed = s->executed;
    const uint8_t *code = memory_at(s, block);
    for (uint32_t offset = 0; code && offset < pc - block; executed++)
        offset += code[offset + 1] >> 3 >= 0x1D ? 4 : 2;
    return executed;
}
