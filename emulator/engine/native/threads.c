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

/* Whether threads may have come or gone since the slots were filled. */
static bool has_other_threads(const state *s)
{
    for (uint32_t n = 0; n < s->list_count; n++)
        if (word_at(s->list_words[n]) != s->list_values[n])
            return true;
    return false;
}

static void put_in_force(state *s, const thread_slot *slot)
{
    s->own_thread = slot->thread;
    s->own_low = slot->low;
    s->own_high = slot->high;
    if (s->map.overlay != slot->overlay) {
        memory_map map = s->map;
        map.overlay = slot->overlay;
        select_map(s, &map);
        forget_steady(s);
    }
}

/* Put the overlay of the thread that runs in force; false when only Python can. */
bool follow_thread(state *s)
{
    static const thread_slot nobody;
    const thread_slot *slot = &nobody;
    if (!s->follows_threads || has_other_threads(s))
        return false;
    if (s->values[CONTROL] & CONTROL_SPSEL) {
        uint32_t thread = word_at(s->thread_word);
        slot = slot_of(s, thread);
        if (slot->thread != thread)
            return false;
    }
    s->thread_due = 0;
    put_in_force(s, slot);
    return true;
}

/* A handler touches a stack that is closed to the thread which ran: most likely that of the one which will run. What is
   in force means nothing in Handler mode, and is looked at again when it ends: so there is one change for a switch. */
void expect_thread(state *s)
{
    uint32_t thread = word_at(s->thread_word), splits = s->has_splits;
    const thread_slot *slot = slot_of(s, thread);
    s->expects_thread = 0;
    if (thread == s->own_thread || slot->thread != thread || has_other_threads(s))
        return;
    put_in_force(s, slot);
    s->has_splits = splits;
}

/* Whether bytes are all of the stack of the thread that runs: only there is a granule open that is closed in parts. */
bool is_own_stack(const state *s, uint32_t address, uint32_t size)
{
    return s->own_low <= address && address < s->own_high && size <= s->own_high - address;
}

/* Whether a frame that an exception pushes leaves the stack that it begins in. */
bool leaves_own_stack(const state *s, uint32_t stack, uint32_t frame)
{
    return s->own_low < stack && stack <= s->own_high && (frame < s->own_low || frame >= stack);
}
