/*
 * Stores to the System Control Space that a kernel makes at each switch: ICSR.PENDSVSET and the regions of the MPU.
 * Anything out of the ordinary is Python's: a function here does the whole store, or nothing and answers false.
 */
#include "state.h"

#define ICSR 0xE000ED04u
#define ICSR_PENDSVSET (1u << 28)
#define PENDSV 14
#define SCR_SEVONPEND 16u
#define MPU_RNR 0xE000ED98u
#define MPU_RBAR 0xE000ED9Cu
#define MPU_RASR_A3 0xE000EDB8u
#define RBAR_ADDR 0xFFFFFFE0u
#define RBAR_VALID 16u
#define RASR_WRITABLE 0x173FFF3Fu

/* Come back at the next block boundary, without Python. */
static void look_soon(state *s)
{
    s->current_kinds |= KIND_MASKS;
    s->after |= KIND_MASKS;
}

static bool store_icsr(state *s, uint32_t value)
{
    if (value != ICSR_PENDSVSET || s->scr & SCR_SEVONPEND)
        return false;
    s->pending[0] |= UINT64_C(1) << PENDSV;
    /* The masks as they are now; everything else in ``values`` is read anew at the end of the run. */
    s->read_batch(s->uc, s->banked_ids, s->banked_places, 5);
    int exception = most_urgent_pending(s);
    if (exception >= 0 && preempts(s, exception, execution_priority(s)))
        look_soon(s);
    else
        s->after |= KIND_MASKS; /* it waits for a mask to fall */
    return true;
}

/* Whether code may still be fetched from where the engine executes: GuestPages.may_go_on(). The PPB is privileged. */
static bool may_go_on(const state *s)
{
    const block_slot *block = (const block_slot *)(uintptr_t)s->current_slot;
    if (!block || !block->key)
        return false;
    uint32_t first = (uint32_t)(block->key >> 12), last = first + (uint32_t)(block->key & 0xFFF) - 1;
    for (uint32_t page = first & ~(PAGE_SIZE - 1); page <= last; page += PAGE_SIZE) {
        const page_slot *slot = find_page(s, page, true, true);
        if (!slot || !(slot->perms & (int32_t)RIGHT_EXECUTE))
            return false;
    }
    return true;
}

static bool set_region(state *s, uint32_t number, uint32_t rbar, uint32_t rasr)
{
    memory_map map = s->map;
    map.rbar[number] = rbar & RBAR_ADDR;
    map.rasr[number] = rasr & RASR_WRITABLE;
    if (map.rbar[number] == s->map.rbar[number] && map.rasr[number] == s->map.rasr[number])
        return true;
    if (s->has_splits || !select_map(s, &map))
        return false;
    s->map_changes++;
    s->steady_epoch++;
    if (!may_go_on(s))
        look_soon(s);
    return true;
}

static bool store_mpu(state *s, uint32_t address, uint32_t value)
{
    uint32_t number = s->rnr;
    if (address == MPU_RNR) {
        if ((value & 0xFF) < s->regions) /* UNPREDICTABLE otherwise. [D-101] */
            s->rnr = value & 0xFF;
        return true;
    }
    if ((address - MPU_RBAR) & 4)
        return set_region(s, number, s->map.rbar[number], value);
    if (value & RBAR_VALID)
        number = value & 15;
    if (number >= s->regions) /* UNPREDICTABLE. [D-102] */
        return true;
    if (!set_region(s, number, value, s->map.rasr[number]))
        return false;
    s->rnr = number;
    return true;
}

bool store_system(state *s, uint32_t address, unsigned size, uint32_t value)
{
    /* When the limit is near, a timer may have to be settled first. */
    if (!s->takes_exceptions || s->stopped || size != 4 || s->executed + s->current_count >= s->limit)
        return false;
    if (address == ICSR)
        return store_icsr(s, value);
    bool is_region = address >= MPU_RNR && address <= MPU_RASR_A3 && !(address & 3);
    return is_region && s->regions && s->fill_enabled && store_mpu(s, address, value);
}
