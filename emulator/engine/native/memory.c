/*
 * Guest memory for what is done without the engine: frames through the rights of the map that is in force, vectors
 * past it; fetches from pages that the MPU splits; and the change from one memory map to another.
 */
#include "state.h"

#include <string.h>

/* Whether stacks are in a page, so that overlays differ in it. */
bool is_zoned(const state *s, uint32_t page)
{
    for (uint32_t n = 0; n < s->zone_count; n++)
        if (s->zones[n].first <= page && page <= s->zones[n].last)
            return true;
    return false;
}

/* KnownRights.serial() */
static uint64_t page_key(const state *s, uint32_t page, bool privileged, bool fetch)
{
    return (uint64_t)(is_zoned(s, page) ? s->map_serial : s->base_serial) << 32 | page | (fetch ? 4u : 0u) | (uint32_t)privileged << 1 | 1;
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

static void forget_maps(state *s)
{
    clear_entries(&s->pages);
    clear_entries(&s->splits);
    clear_entries(&s->maps);
    for (uint32_t n = 0; n <= BLOCK_SLOTS; n++)
        ((block_slot *)s->blocks.slots)[n].granted = 0;
    s->last_serial = 0;
}

/* The number that a map's pages are found by: no other map had it. */
static uint32_t serial_of(state *s, const memory_map *map)
{
    uint64_t hash = hash_of(map, s->map_epoch);
    map_slot *slot = find_entry(s, &s->maps, hash);
    if (!slot || memcmp(slot->bytes, map, MAP_KEY)) {
        slot = put_entry(s, &s->maps, hash);
        slot->serial = ++s->last_serial;
        memcpy(slot->bytes, map, MAP_KEY);
    }
    return slot->serial;
}

/* Make ``map`` the one in force, TLB included. What is known of its pages, if it was in force before, is found again. */
void select_map(state *s, const memory_map *map)
{
    if (s->last_serial >= LAST_SERIAL - 1)
        forget_maps(s);
    s->map = *map;
    s->map_serial = s->base_serial = serial_of(s, map);
    if (map->overlay) {
        memory_map base = *map;
        base.overlay = 0;
        s->base_serial = serial_of(s, &base);
    }
    s->has_splits = 0;
    s->filled_count = 0;
    s->control(s->uc, s->tlb_flush);
}

/* Note that the TLB has a page in which overlays differ. */
void note_filled(state *s, uint32_t page)
{
    if (!is_zoned(s, page) || s->filled_count > MAX_FILLED)
        return;
    for (uint32_t n = 0; n < s->filled_count; n++)
        if (s->filled[n] == page)
            return;
    if (s->filled_count < MAX_FILLED)
        s->filled[s->filled_count] = page;
    s->filled_count++;
}

/* Close other bytes than before under the same map. The code that executes may be fetched as before; where that is split,
   it stays so. */
void select_overlay(state *s, uint32_t overlay)
{
    memory_map map = s->map;
    map.overlay = overlay;
    if (!s->map_serial || !s->processor || !s->flush_page || s->filled_count > MAX_FILLED || s->last_serial >= LAST_SERIAL) {
        uint32_t splits = s->has_splits;
        select_map(s, &map);
        s->has_splits = splits;
        return;
    }
    s->map = map;
    s->map_serial = serial_of(s, &map);
    for (uint32_t n = 0; n < s->filled_count; n++)
        s->flush_page(s->processor, s->filled[n]);
    s->filled_count = 0;
}
