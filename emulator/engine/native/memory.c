/*
 * Guest memory for what is done without the engine: frames through the rights of the map that is in force, vectors
 * past it; fetches from pages that the MPU splits; and the change from one memory map to another.
 */
#include "state.h"

#include <string.h>

static uint64_t page_key(const state *s, uint32_t page, bool privileged, bool fetch)
{
    return (uint64_t)s->map_serial << 32 | page | (fetch ? 4u : 0u) | (uint32_t)privileged << 1 | 1;
}

const page_slot *find_page(const state *s, uint32_t page, bool privileged, bool fetch)
{
    return s->map_serial ? find_entry(s, &s->pages, page_key(s, page, privileged, fetch)) : NULL;
}

const split_slot *find_split(const state *s, uint32_t page, bool privileged)
{
    return s->map_serial ? find_entry(s, &s->splits, page_key(s, page, privileged, false)) : NULL;
}

/* A store to code is Python's: what was translated from it must go. */
bool may_store_to_split(const state *s, const split_slot *slot)
{
    return slot->writable && !(s->marks[slot->mark] & PAGE_HAS_CODE);
}

bool all_granted(const split_slot *slot, uint32_t offset, uint32_t size, uint32_t right, bool is_open)
{
    for (uint32_t granule = offset / GRANULE; granule <= (offset + size - 1) / GRANULE; granule++)
        if (!((slot->rights[granule] | (is_open ? slot->rights[granule] >> HANDLER_SHIFT : 0)) & right))
            return false;
    return true;
}

/* Python is to say what there is: Engine looks at it when a run ends. */
static uint8_t *ask_for(state *s, uint32_t page, bool privileged, uint32_t right)
{
    s->unknown = page | (right == RIGHT_WRITE ? 4u : 0u) | (uint32_t)privileged << 1 | 1;
    return NULL;
}

/* Where ``size`` bytes of one page are in this process, or NULL when the tables do not grant the access: either they
   refuse it, or they do not know. */
static uint8_t *granted_memory(state *s, uint32_t address, uint32_t size, bool privileged, uint32_t right,
                               bool in_handler, bool *known)
{
    uint32_t page = address & ~(PAGE_SIZE - 1), offset = address & (PAGE_SIZE - 1);
    const page_slot *slot = find_page(s, page, privileged, false);
    const split_slot *split = slot && !slot->host ? find_split(s, page, privileged) : NULL;
    bool is_write = right == RIGHT_WRITE, is_open = in_handler || is_own_stack(s, address, size);
    *known = slot && (slot->host ? !(slot->rights & right) || !is_write || slot->mark < 0 ||
                                       s->marks[slot->mark] & PAGE_DIRTY
                                 : split != NULL);
    if (!*known || !(split ? all_granted(split, offset, size, right, is_open) && (!is_write || may_store_to_split(s, split))
                           : slot->rights & right))
        return NULL;
    int32_t mark = split ? split->mark : slot->mark;
    if (is_write && mark >= 0)
        s->marks[mark] |= PAGE_STORED;
    return (uint8_t *)(uintptr_t)(split ? split->host : slot->host) + offset;
}

/* Where the word at an aligned address is in this process, or NULL when the tables do not grant the access. */
uint8_t *frame_memory(state *s, uint32_t address, bool privileged, uint32_t right, bool in_handler)
{
    bool known;
    uint8_t *place = granted_memory(s, address, 4, privileged, right, in_handler, &known);
    return known ? place : ask_for(s, address & ~(PAGE_SIZE - 1), privileged, right);
}

/* The same for what is done for a thread between two runs: any bytes within one page, by the map as it stands. */
uint8_t *thread_memory(state *s, uint32_t address, size_t size, bool privileged, uint32_t right)
{
    bool known;
    if (!size || size > PAGE_SIZE - (address & (PAGE_SIZE - 1)) || s->map.negative != (execution_priority(s) < 0))
        return NULL;
    return granted_memory(s, address, (uint32_t)size, privileged, right, false, &known);
}

/* Whether all of [first, last] may be fetched; false where the tables do not say. */
bool may_fetch(const state *s, uint32_t first, uint32_t last, bool privileged)
{
    for (uint32_t page = first & ~(PAGE_SIZE - 1); page <= last; page += PAGE_SIZE) {
        const page_slot *slot = find_page(s, page, privileged, true);
        if (!slot || !(slot->rights & RIGHT_EXECUTE))
            return false;
        if (!(slot->rights & RIGHT_IN_PARTS))
            continue;
        const split_slot *split = find_split(s, page, privileged);
        uint32_t low = first > page ? first - page : 0, high = last - page < PAGE_SIZE ? last - page : PAGE_SIZE - 1;
        if (!split || !all_granted(split, low, high - low + 1, RIGHT_EXECUTE, false))
            return false;
    }
    return true;
}

/* Where the word at an address is in this process, whoever may use it; NULL when no memory is there. */
uint8_t *memory_at(const state *s, uint32_t address)
{
    for (uint32_t n = 0; n < s->memory_count; n++) {
        const memory_range *range = &s->memories[n];
        if (range->start <= address && address <= range->last && range->last - address >= 3)
            return (uint8_t *)(uintptr_t)range->host + (address - range->start);
    }
    return NULL;
}

static uint64_t hash_of(const memory_map *map, uint64_t epoch)
{
    uint64_t hash = UINT64_C(0xCBF29CE484222325) + epoch;
    const uint8_t *bytes = (const uint8_t *)map;
    for (size_t offset = 0; offset < sizeof *map; offset += 8) {
        uint64_t word;
        memcpy(&word, bytes + offset, 8);
        hash = (hash ^ word) * UINT64_C(0x9E3779B97F4A7C15);
        hash ^= hash >> 29;
    }
    return hash | 1;
}

/* The number that a map's pages are found by from now on: no other map had it. */
static uint32_t new_serial(state *s)
{
    if (s->last_serial == LAST_SERIAL) {
        clear_entries(&s->pages);
        clear_entries(&s->splits);
        clear_entries(&s->maps);
        for (uint32_t n = 0; n <= BLOCK_SLOTS; n++)
            ((block_slot *)s->blocks.slots)[n].granted = 0;
        s->last_serial = 0;
    }
    return ++s->last_serial;
}

/* Make ``map`` the one in force, TLB included. What is known of its pages, if it was in force before, is found again. */
void select_map(state *s, const memory_map *map)
{
    uint64_t hash = hash_of(map, s->map_epoch);
    map_slot *slot = find_entry(s, &s->maps, hash);
    if (!slot || memcmp(slot->bytes, map, MAP_KEY)) {
        uint32_t serial = new_serial(s);
        slot = put_entry(s, &s->maps, hash);
        slot->serial = serial;
        memcpy(slot->bytes, map, MAP_KEY);
    }
    s->map = *map;
    s->map_serial = slot->serial;
    s->has_splits = 0;
    s->control(s->uc, s->tlb_flush);
}
