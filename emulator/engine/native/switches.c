/*
 * The moment at which the guest's kernel goes from one thread to another: the word that names the running one has changed
 * at a block boundary. The reference is switch_watch.py. Only runs that are told of switches have this hook on blocks.
 */
#include "blocks.h"

static inline uint32_t word_at(const void *place)
{
    uint32_t word;
    memcpy(&word, place, 4);
    return word;
}

/* Whether the block at ``address`` begins at a boundary of the program. [SwitchWatch.look()] */
static bool is_boundary(const state *s, uint32_t address)
{
    if (!s->current)
        return !s->within_block;
    uint32_t end = (uint32_t)(s->current->key >> 12) + (uint32_t)(s->current->key & 0xFFF);
    return !(s->current_kinds & KIND_CUT) || address != end;
}

/* What comes behind the look at the word. */
static inline void go_on(const switch_watch *w, void *uc, uint64_t address, uint32_t size)
{
    if (__builtin_expect(w->next != NULL, 0))
        w->next(uc, address, size, w->next_data);
    else if (!enter_at_once(w->watched, address, size))
        look_at_block(w->watched, uc, address, size);
}

static __attribute__((noinline)) void look_at_switch(switch_watch *w, void *uc, uint64_t address, uint32_t size)
{
    const state *s = w->watched;
    if (!s->stopped && is_boundary(s, (uint32_t)address)) {
        w->seen = word_at(w->word);
        w->is_closed = !word_at(w->gate);
        w->unchanged = w->is_closed ? UINT64_MAX : w->seen;
        uint32_t thread = w->is_closed ? 0 : w->seen;
        if (thread != w->thread) {
            w->time = s->executed + s->current_count + s->skipped;
            w->outgoing = w->thread;
            w->thread = thread;
            w->count++;
            if (w->follow && !name_thread(w->watched, uc))
                w->follow();
            if (w->is_told)
                w->tell();
        }
    }
    go_on(w, uc, address, size);
}

void on_switch_block(void *uc, uint64_t address, uint32_t size, void *data)
{
    switch_watch *w = data;
    if (__builtin_expect(word_at(w->word) != w->unchanged, 0)) /* both by tail calls: no registers to save */
        look_at_switch(w, uc, address, size);
    else
        go_on(w, uc, address, size);
}
