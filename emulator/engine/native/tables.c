/*
 * The tables: blocks, instructions to watch, pages, split pages, memory maps. An entry is in one of PROBES slots from
 * its place on, so no entry is behind a free slot, and removing one is making its slot free. What finds no free slot
 * takes the place of an entry that was not used since its neighbours were looked at like this before (a second chance).
 * Which is looked at first follows no pattern, so a guest that goes round more of anything than fits loses some of it,
 * not all. PlainTable in tables.py does the same.
 */
#include "state.h"

#include <stdlib.h>
#include <string.h>

/* For keys whose low bits are alike. */
static uint32_t mixed(uint64_t key)
{
    return (uint32_t)(key * UINT64_C(0x9E3779B97F4A7C15) >> 32);
}

static uint32_t place_of(const state *s, const table *t, uint64_t key)
{
    return t == &s->blocks ? block_place(key) : t == &s->specials ? special_place(key) : mixed(key);
}

static entry *slot_at(const table *t, uint32_t number)
{
    return (entry *)(t->slots + (size_t)(number & t->mask) * t->size);
}

void *find_entry(const state *s, const table *t, uint64_t key)
{
    uint32_t place = place_of(s, t, key);
    for (uint32_t probe = 0; probe < PROBES; probe++) {
        entry *slot = slot_at(t, place + probe);
        if (slot->key == key) {
            if (!slot->used) /* else its cache line stays clean */
                slot->used = 1;
            return slot;
        }
    }
    return NULL;
}

/* The slot whose entry is given up for one that belongs at ``place``. */
static entry *victim(table *t, uint32_t place)
{
    t->hand = t->hand * 1664525u + 1013904223u;
    uint32_t first = (t->hand >> 16) % PROBES;
    for (uint32_t probe = 0; probe < PROBES; probe++) {
        entry *slot = slot_at(t, place + (first + probe) % PROBES);
        if (!slot->used)
            return slot;
    }
    for (uint32_t probe = 0; probe < PROBES; probe++)
        slot_at(t, place + probe)->used = 0;
    return slot_at(t, place + first);
}

/* The slot for ``key``: its own, else a free one, else another's. Only the key is written. */
void *put_entry(const state *s, table *t, uint64_t key)
{
    entry *slot = find_entry(s, t, key);
    uint32_t place = place_of(s, t, key);
    for (uint32_t probe = 0; probe < PROBES && !slot; probe++)
        if (!slot_at(t, place + probe)->key)
            slot = slot_at(t, place + probe);
    if (!slot)
        slot = victim(t, place);
    slot->key = key;
    slot->used = 1;
    return slot;
}

/* An entry that was not used since this last passed it; NULL when there is none at all. */
void *sweep_entries(table *t)
{
    for (uint64_t step = 0; step < 2 * ((uint64_t)t->mask + 1); step++) {
        entry *slot = slot_at(t, t->swept++);
        if (slot->key && !slot->used)
            return slot;
        slot->used = 0;
    }
    return NULL;
}

void clear_entries(table *t)
{
    memset(t->slots, 0, (size_t)t->size * (t->mask + 1));
}

/* Make one; ``freed`` is what has it freed. Slots begin with a cache line, so that a block's is never in two. */
static bool make_table(table *t, table *freed, uint32_t size, uint32_t slots, uint32_t spare)
{
    /* Large and zero: what is never used takes no memory. */
    freed->slots = calloc((size_t)(slots + spare) * size + CACHE_LINE - 1, 1);
    t->slots = (uint8_t *)(((uintptr_t)freed->slots + CACHE_LINE - 1) & ~(uintptr_t)(CACHE_LINE - 1));
    t->size = size;
    t->mask = slots - 1;
    return freed->slots;
}

void free_tables(const table *tables)
{
    for (int n = 0; n < TABLES; n++)
        free(tables[n].slots);
}

/* Make the tables of a state; those in ``tables`` are what frees them. */
bool make_tables(state *s, table *tables)
{
    /* Behind the blocks is a place for the block that executes while its entry is removed. */
    bool made = make_table(&s->blocks, &tables[0], sizeof(block_slot), BLOCK_SLOTS, 1) &
                make_table(&s->specials, &tables[1], sizeof(special_slot), SPECIAL_SLOTS, 0) &
                make_table(&s->pages, &tables[2], sizeof(page_slot), PAGE_SLOTS, 0) &
                make_table(&s->splits, &tables[3], sizeof(split_slot), SPLIT_SLOTS, 0) &
                make_table(&s->maps, &tables[4], sizeof(map_slot), MAP_SLOTS, 0);
    if (!made)
        free_tables(tables);
    return made;
}
