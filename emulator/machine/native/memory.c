/*
 * Guest memory for what is done without the engine: frames through the rights of the map that is in force, vectors
 * past it; and the change from one memory map to another that Python has made tables for.
 */
#include "state.h"

#include <string.h>

const page_slot *find_page(const state *s, uint32_t page, bool privileged, bool fetch)
{
    uint32_t key = page | (fetch ? 4u : 0u) | (uint32_t)privileged << 1 | 1;
    const page_slot *slot = &s->pages[(page >> 8 ^ page >> 20 ^ key >> 1) & s->page_mask];
    return slot->key == key ? slot : NULL;
}

const split_slot *find_split(const state *s, uint32_t page, bool privileged)
{
    uint32_t key = page | (uint32_t)privileged << 1 | 1;
    const split_slot *slot = &s->splits[(page >> 9 ^ key >> 1) & s->split_mask];
    return slot->key == key ? slot : NULL;
}

bool all_granted(const split_slot *slot, uint32_t offset, uint32_t size, uint32_t right)
{
    for (uint32_t granule = offset / GRANULE; granule <= (offset + size - 1) / GRANULE; granule++)
        if (!(slot->rights[granule] & right))
            return false;
    return true;
}

/* Where the word at an aligned address is in this process, or NULL when the tables do not grant the access. */
uint8_t *frame_memory(const state *s, uint32_t address, bool privileged, uint32_t right)
{
    uint32_t page = address & ~(PAGE_SIZE - 1), offset = address & (PAGE_SIZE - 1);
    const page_slot *slot = find_page(s, page, privileged, false);
    if (!slot)
        return NULL;
    if (slot->paddr < WINDOW) {
        bool is_noticed = slot->dirty < 0 || s->dirty[slot->dirty];
        bool granted = (uint32_t)slot->perms & right && (right == RIGHT_READ || is_noticed);
        return granted ? (uint8_t *)(uintptr_t)slot->host + offset : NULL;
    }
    const split_slot *split = find_split(s, page, privileged);
    if (!split || !all_granted(split, offset, 4, right) || (right == RIGHT_WRITE && !split->writable))
        return NULL;
    return (uint8_t *)(uintptr_t)split->host + offset;
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

static uint64_t hash_of(const memory_map *map)
{
    uint64_t hash = UINT64_C(0xCBF29CE484222325);
    const uint8_t *bytes = (const uint8_t *)map;
    for (size_t offset = 0; offset < sizeof *map; offset += 8) {
        uint64_t word;
        memcpy(&word, bytes + offset, 8);
        hash = (hash ^ word) * UINT64_C(0x9E3779B97F4A7C15);
        hash ^= hash >> 29;
    }
    return hash | 1;
}

/* Make ``map`` the one in force, TLB included; false, and nothing is changed, when Python has no tables for it. */
bool select_map(state *s, const memory_map *map)
{
    uint64_t hash = hash_of(map);
    for (uint32_t n = 0; n < MAX_MAPS; n++) {
        map_slot *slot = &s->maps[(hash >> 8 ^ n) % MAX_MAPS];
        if (slot->hash == hash && !memcmp(slot->key, map, MAP_KEY)) {
            s->map = *map;
            s->pages = slot->pages;
            s->splits = slot->splits;
            s->control(s->uc, s->tlb_flush);
            return true;
        }
        if (!slot->hash)
            return false;
    }
    return false;
}
