/*
 * Which thread of the guest's own kernel an exception has returned to, and with it what is closed to Thread mode.
 * Overlay.follow() is the reference: threads that C does not know, or that may have come or gone, are Python's.
 */
#include "state.h"

#include <string.h>

static uint32_t word_at(uint64_t place)
{
    uint32_t word;
    memcpy(&word, (const void *)(uintptr_t)place, 4);
    return word;
}

/* thread_place() of Overlay. */
static const thread_slot *slot_of(const state *s, uint32_t thread)
{
    return &s->threads[(thread >> 3 ^ thread >> 9) & (THREAD_SLOTS - 1)];
}

/* Put the overlay of the thread that runs in force; false when only Python can. */
bool follow_thread(state *s)
{
    static const thread_slot nobody;
    const thread_slot *slot = &nobody;
    if (!s->follows_threads)
        return false;
    for (uint32_t n = 0; n < s->list_count; n++)
        if (word_at(s->list_words[n]) != s->list_values[n])
            return false;
    if (s->values[CONTROL] & CONTROL_SPSEL) {
        uint32_t thread = word_at(s->thread_word);
        slot = slot_of(s, thread);
        if (slot->thread != thread)
            return false;
    }
    s->thread_due = 0;
    s->own_thread = slot->thread;
    s->own_low = slot->low;
    s->own_high = slot->high;
    if (s->map.overlay != slot->overlay) {
        memory_map map = s->map;
        map.overlay = slot->overlay;
        select_map(s, &map);
    }
    return true;
}

/* Whether a frame that an exception pushes leaves the stack that it begins in. */
bool leaves_own_stack(const state *s, uint32_t stack, uint32_t frame)
{
    return s->own_low < stack && stack <= s->own_high && (frame < s->own_low || frame >= stack);
}
