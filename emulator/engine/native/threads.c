/*
 * Which thread of the guest's own kernel runs, and with it what is closed to Thread mode. Overlay is the reference, and
 * what C cannot say is Python's: threads that have no slot yet, or that may have come or gone.
 */
#include "state.h"

#include <string.h>

static uint32_t word_at(uint64_t place)
{
    uint32_t word;
    memcpy(&word, (const void *)(uintptr_t)place, 4);
    return word;
}

/* Whether threads may have come or gone since the slots were filled. */
static bool has_other_threads(const state *s)
{
    for (uint32_t n = 0; n < s->list_count; n++)
        if (word_at(s->list_words[n]) != s->list_values[n])
            return true;
    return false;
}

/* ThreadSlots.place() */
static const thread_slot *find_slot(const state *s, uint32_t thread, uint32_t about)
{
    uint32_t place = (thread * UINT32_C(0x9E3779B1) + about * UINT32_C(0x85EBCA77)) >> 16;
    for (uint32_t probe = 0; probe < THREAD_PROBES; probe++) {
        const thread_slot *slot = &s->threads[(place + probe) & (THREAD_SLOTS - 1)];
        if (slot->thread == thread && slot->about == about)
            return slot;
    }
    return NULL;
}

/* The slot of a thread while ``about`` is what the kernel's word says; NULL for none, or no thread. */
static const thread_slot *slot_of(const state *s, uint32_t thread, uint32_t about)
{
    if (!thread)
        return NULL;
    const thread_slot *slot = find_slot(s, thread, 0);
    return slot || !s->switches_in_thread_mode ? slot : find_slot(s, thread, about);
}

static void put_in_force(state *s, const thread_slot *slot)
{
    s->own_thread = slot->thread;
    s->own_low = slot->low;
    s->own_high = slot->high;
    if (s->map.overlay != slot->overlay) {
        select_overlay(s, slot->overlay);
        forget_steady(s);
    }
}

static bool is_within(const thread_slot *slot, uint32_t sp)
{
    return slot->low < sp && sp <= slot->high;
}

static bool is_in_own_stack(const state *s, uint32_t sp)
{
    return s->own_low < sp && sp <= s->own_high;
}

/* Put the overlay of the thread that an exception has returned to in force; false when only Python can.
   [Overlay.follow()] */
bool follow_thread(state *s)
{
    static const thread_slot nobody;
    const thread_slot *slot = &nobody;
    if (!s->follows_threads || has_other_threads(s))
        return false;
    if (s->values[CONTROL] & CONTROL_SPSEL) {
        uint32_t named = word_at(s->thread_word);
        slot = slot_of(s, named, named);
        if (slot && s->switches_in_thread_mode && is_in_own_stack(s, (uint32_t)s->values[PSP]))
            slot = slot_of(s, s->own_thread, named); /* the word is ahead of the stack */
        if (!slot)
            return false;
    }
    s->thread_due = 0;
    put_in_force(s, slot);
    return true;
}

/* The kernel's word names another thread than before, whose stack follows later; false when only Python knows what is
   closed until then. [Overlay.switching()] */
bool name_thread(state *s, void *uc)
{
    if (!s->follows_threads || !s->fill_enabled || has_other_threads(s) || !is_in_own_stack(s, read_core(s, uc, 13)))
        return false;
    uint32_t named = word_at(s->thread_word);
    const thread_slot *slot = slot_of(s, s->own_thread, named);
    if (!slot || !slot_of(s, named, named))
        return false;
    put_in_force(s, slot);
    return true;
}

/* Whether the thread that left the processor may run again. */
static bool has_ended(const state *s, uint32_t thread)
{
    const uint8_t *place = s->ended_mask ? memory_at(s, thread + s->ended_offset) : NULL;
    return s->ended_mask && (!place || word_at((uintptr_t)place) & s->ended_mask);
}

/* Whether an access to closed bytes is the first one that the thread which the kernel's word names makes to its own
   stack: it runs from now on. [Overlay.judge()] */
bool comes_to_own_stack(state *s, void *uc, uint32_t address, uint32_t size)
{
    if (!s->follows_threads || !s->switches_in_thread_mode || has_other_threads(s))
        return false;
    uint32_t named = word_at(s->thread_word);
    const thread_slot *slot = slot_of(s, named, named), *before = slot_of(s, s->own_thread, named);
    return slot && before && named != s->own_thread && before->overlay == s->map.overlay &&
           slot->low <= address && address < slot->high && size <= slot->high - address &&
           (address + size <= s->own_low || s->own_high <= address) && is_within(slot, read_core(s, uc, 13)) &&
           !has_ended(s, s->own_thread);
}

/* The thread that the word names has come to its stack. Or a handler touches a stack that is closed to the thread which
   ran: most likely that of the one which will run. What is in force means nothing in Handler mode, and is looked at again
   when it ends: so there is one change for a switch. */
void expect_thread(state *s)
{
    uint32_t named = word_at(s->thread_word);
    const thread_slot *slot = slot_of(s, named, named);
    s->expects_thread = 0;
    if (slot && named != s->own_thread && !has_other_threads(s))
        put_in_force(s, slot);
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
