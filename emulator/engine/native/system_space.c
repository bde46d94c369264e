/*
 * Stores to the System Control Space that a kernel makes at each switch: ICSR.PENDSVSET, the regions of the MPU, and MPU_CTRL.
 * Anything out of the ordinary is Python's: a function here does the whole store, or nothing and answers false.
 */
#include "state.h"

/* Come back at the program's next block boundary, without Python. */
static void look_soon(state *s)
{
    s->current_kinds |= KIND_ASKED;
    s->after |= KIND_ASKED;
}

static bool store_icsr(state *s, uint32_t value)
{
    if (value != ICSR_PENDSVSET || s->scr & SCR_SEVONPEND)
        return false;
    s->pending[0] |= UINT64_C(1) << EXCEPTION_PENDSV;
    /* The masks as they are now; everything else in ``values`` is read anew at the end of the run. */
    s->read_batch(s->uc, s->banked_ids, s->banked_places, 5);
    int exception = most_urgent_pending(s);
    if (exception >= 0 && preempts(s, exception, execution_priority(s)))
        look_soon(s);
    else
        s->after |= KIND_MASKS; /* it waits for a mask to fall */
    return true;
}

/* Whether the engine may go on where it executes, after a change of rights: GuestPages.may_go_on(). The PPB is
 * privileged. In a page that is executable in parts each block is judged when it begins. */
static bool may_go_on(state *s)
{
    const block_slot *block = s->current;
    if (!block)
        return false;
    uint32_t first = (uint32_t)(block->key >> 12), last = first + (uint32_t)(block->key & 0xFFF) - 1;
    bool splits = false;
    for (uint32_t page = first & ~(PAGE_SIZE - 1); page <= last; page += PAGE_SIZE) {
        const page_slot *slot = find_page(s, page, true, true);
        if (!slot || !(slot->rights & RIGHT_EXECUTE))
            return false;
        splits |= (slot->rights & RIGHT_IN_PARTS) != 0;
    }
    s->has_splits |= splits;
    s->privileged = true;
    return true;
}

/* Whether it is known when a change happens, there is room to note it, and nobody wants to hear of it at once. */
static bool may_change(const state *s)
{
    return s->current && can_note(s, 1) && !s->tells_maps;
}

/* ``region`` -1 stands for MPU_CTRL. */
static void change_map(state *s, const memory_map *map, int32_t region)
{
    select_map(s, map);
    s->map_changes++;
    forget_steady(s);
    if (s->observed) {
        uint64_t executed = executed_now(s, (uint32_t)(s->current->key >> 12), read_word(s, s->uc, s->id_pc));
        note(s, executed, NOTED_MPU, region, region < 0 ? 0 : map->rbar[region], region < 0 ? map->ctrl : map->rasr[region]);
    }
    s->rights_changed = s->executed;
    s->fetch_held |= s->current_kinds & KIND_CUT; /* GuestPages.hold_fetches() */
    if (s->fetch_held || !may_go_on(s))
        look_soon(s);
}

static bool set_region(state *s, uint32_t number, uint32_t rbar, uint32_t rasr)
{
    memory_map map = s->map;
    map.rbar[number] = rbar & MPU_RBAR_ADDR;
    map.rasr[number] = rasr & MPU_RASR_WRITABLE;
    if (map.rbar[number] == s->map.rbar[number] && map.rasr[number] == s->map.rasr[number])
        return true;
    if (!may_change(s))
        return false;
    change_map(s, &map, (int32_t)number);
    return true;
}

/* MPU_CTRL, unless the MPU begins or ceases to sleep because the execution priority is negative. */
static bool set_control(state *s, uint32_t value)
{
    memory_map map = s->map;
    map.ctrl = value & (MPU_CTRL_ENABLE | MPU_CTRL_HFNMIENA | MPU_CTRL_PRIVDEFENA);
    if (map.ctrl == s->map.ctrl)
        return true;
    if (map.negative || !may_change(s))
        return false;
    if ((map.ctrl & (MPU_CTRL_ENABLE | MPU_CTRL_HFNMIENA)) == MPU_CTRL_ENABLE) {
        s->read_batch(s->uc, s->banked_ids, s->banked_places, 5);
        if (execution_priority(s) < 0)
            return false;
        s->after |= KIND_FAULTMASK; /* it may become so */
    }
    change_map(s, &map, -1);
    return true;
}

static uint32_t address_bits(uint32_t rasr)
{
    uint32_t size = (rasr & MPU_RASR_SIZE) >> 1;
    return size > 30 ? UINT32_MAX : (2u << size) - 1;
}

static bool overlap(const memory_map *map, uint32_t one, uint32_t other)
{
    uint32_t bits = address_bits(map->rasr[one]) | address_bits(map->rasr[other]);
    return !((map->rbar[one] ^ map->rbar[other]) & ~bits);
}

/* Whether the regions may be what Notices looks for: a base inside of a region, a hole that a region below opens. */
static bool is_doubtful(const memory_map *map, uint32_t regions, uint32_t number)
{
    if (!(map->rasr[number] & MPU_RASR_ENABLE))
        return false;
    if (map->rbar[number] & address_bits(map->rasr[number]) & MPU_RBAR_ADDR)
        return true;
    for (uint32_t high = 1; high < regions; high++) {
        if (!(map->rasr[high] & MPU_RASR_ENABLE) || !(map->rasr[high] & MPU_RASR_SRD))
            continue;
        for (uint32_t low = 0; low < high; low++)
            if (map->rasr[low] & MPU_RASR_ENABLE && overlap(map, high, low) &&
                !((map->rasr[high] ^ map->rasr[low]) & (MPU_RASR_AP | MPU_RASR_XN)))
                return true;
    }
    return false;
}

static bool store_rasr(state *s, uint32_t number, uint32_t value)
{
    memory_map map = s->map;
    map.rasr[number] = value & MPU_RASR_WRITABLE;
    return !is_doubtful(&map, s->regions, number) && set_region(s, number, map.rbar[number], value);
}

static bool store_mpu(state *s, uint32_t address, uint32_t value)
{
    uint32_t number = s->rnr;
    if (address == MPU_RNR) {
        if ((value & MPU_RNR_REGION) < s->regions) /* UNPREDICTABLE otherwise. [D-101] */
            s->rnr = value & MPU_RNR_REGION;
        return true;
    }
    if ((address - MPU_RBAR) & 4)
        return store_rasr(s, number, value);
    if (value & MPU_RBAR_VALID)
        number = value & MPU_RBAR_REGION;
    if (number >= s->regions) /* UNPREDICTABLE. [D-102] */
        return true;
    s->rnr = number;
    return set_region(s, number, value, s->map.rasr[number]);
}

bool store_system(state *s, uint32_t address, unsigned size, uint32_t value)
{
    /* When the limit is near, a timer may have to be settled first. */
    if (!s->takes_exceptions || s->stopped || size != 4 || s->executed + s->current_count >= s->limit)
        return false;
    if (address == ICSR)
        return store_icsr(s, value);
    if (!s->regions || !s->fill_enabled || address & 3 || s->doubted)
        return false;
    if (address == MPU_CTRL)
        return set_control(s, value);
    return address >= MPU_RNR && address <= MPU_RASR_A3 && store_mpu(s, address, value);
}
