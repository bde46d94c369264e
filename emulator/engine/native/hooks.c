/*
 * The accelerator: what the engine's hooks do most of the time, without Python. The reference of each is in engine.py
 * (blocks, interrupts), guest_pages.py (TLB), window.py and watched_instructions.py.
 */
#include "blocks.h"

#include <stddef.h>
#include <string.h>

#define PPB (WINDOW + 0xE0000000u)
#define INTERRUPT_SVC 2u
#define INTERRUPT_EXC_RETURN 8u

/* A block's key: its size, its address from bit 12 on, and the ITSTATE that it begins with. */
#define KEY_ITSTATE_SHIFT 44

static const special_slot *specials_of(const state *s)
{
    return (const special_slot *)s->specials.slots;
}

/* Kinds that make no boundary of the end of a block. */
#define NO_BOUNDARY (KIND_OPEN_IT | KIND_CUT | KIND_SP_AT_END | KIND_ASKED)

static void end_run(state *s, void *uc, uint32_t cause)
{
    s->stopped = 1;
    s->cause = cause;
    s->stop(uc);
}

static bool is_privileged(const state *s, void *uc, uint32_t xpsr)
{
    return xpsr & 0x1FF || !(read_word(s, uc, s->id_control) & 1);
}

/* Whether all of a block may be fetched where a page is executable in parts; false where only Python knows. */
static bool is_granted(state *s, void *uc, block_slot *slot)
{
    if (s->current_kinds & KIND_WRITES_CONTROL)
        s->privileged = is_privileged(s, uc, read_word(s, uc, s->id_xpsr));
    uint32_t granted = s->map_serial << 1 | s->privileged, first = (uint32_t)(slot->key >> 12);
    if (slot->granted != granted || !s->map_serial) {
        if (!may_fetch(s, first, first + (uint32_t)(slot->key & 0xFFF) - 1, s->privileged))
            return false;
        slot->granted = granted;
    }
    return true;
}

/* Whether a block is to be translated again, watching only what must be. */
static bool is_hot(const block_slot *slot)
{
    return slot->aligned & IS_HOT;
}

/* Whether the registers that the block's accesses go by are word aligned. [A3.2.1] */
static bool is_well_based(state *s, const block_slot *slot)
{
    uint32_t low = 0;
    for (uint32_t left = slot->aligned & ~IS_HOT; left; left &= left - 1)
        low |= read_core(s, s->uc, __builtin_ctz(left));
    return !(low & 3);
}

/* Whether the block at ``address`` stands right behind the current one. */
static bool falls_through(const state *s, uint32_t address)
{
    return s->current && address == (uint32_t)(s->current->key >> 12) + (uint32_t)(s->current->key & 0xFFF);
}

/* A block at which something may have to be done. */
void look_at_block(state *s, void *uc, uint64_t address, uint32_t size)
{
    uint64_t key = address << 12 | size, executed = s->executed + s->current_count;
    if (s->current_kinds & s->after & KIND_OPEN_IT) { /* what it executes depends on where in an IT block it begins */
        uint32_t xpsr = read_word(s, uc, s->id_xpsr);
        key |= (uint64_t)((xpsr >> 25 & 3) | (xpsr >> 8 & 0xFC)) << KEY_ITSTATE_SHIFT;
    }
    block_slot *slot = find_entry(s, &s->blocks, key);
    bool is_boundary = s->current ? !(s->current_kinds & KIND_CUT) || !falls_through(s, (uint32_t)address) : !s->within_block;
    uint32_t asked = s->current_kinds & KIND_ASKED;
    if (s->current_kinds & KIND_SP_AT_END && !s->stopped)
        repair_sp(s, uc);
    if (s->stopped) {
        s->stop(uc);
    } else if (((executed >= s->limit || asked) && is_boundary) || s->current_kinds & s->after & ~NO_BOUNDARY) {
        s->executed = executed;
        if (s->current) {
            s->previous = (uintptr_t)s->current;
            s->ignored |= s->unprivileged && s->current_kinds & KIND_MASKS;
        }
        s->current_count = s->current_kinds = 0;
        s->current = NULL;
        s->within_block = !is_boundary; /* behind a CPS that did nothing in a block that was cut short */
        end_run(s, uc, CAUSE_BOUNDARY);
    } else if (!slot || s->current_kinds & s->after & KIND_CUT || slot->kinds & s->before || is_hot(slot) ||
               (slot->aligned && !is_well_based(s, slot)) ||
               (s->has_splits && !is_granted(s, uc, slot))) {
        s->python_calls++;
        s->python_block(uc, address, size, NULL);
        s->current_kinds |= asked;
    } else {
        enter(s, slot, executed);
        s->current_kinds |= asked;
    }
}

void on_block(void *uc, uint64_t address, uint32_t size, void *data)
{
    if (!enter_at_once(data, address, size))
        look_at_block(data, uc, address, size);
}

void on_interrupt(void *uc, uint32_t number, void *data)
{
    state *s = data;
    if (!s->stopped && (number == INTERRUPT_SVC || number == INTERRUPT_EXC_RETURN)) {
        end_run(s, uc, number == INTERRUPT_SVC ? CAUSE_SVC : CAUSE_EXC_RETURN);
        return;
    }
    s->python_calls++;
    s->python_interrupt(uc, number, NULL);
}

/* A hook that let Unicorn synchronise its PC in an IT block must clear the stale ITSTATE. */
static void repair_it(const state *s, void *uc, uint32_t xpsr)
{
    if (xpsr & XPSR_IT) {
        uint64_t repaired = xpsr & ~XPSR_IT;
        s->reg_write(uc, s->id_xpsr, &repaired);
    }
}

static uint32_t right_of(int kind)
{
    return kind == FETCH ? RIGHT_EXECUTE : kind == WRITE ? RIGHT_WRITE : RIGHT_READ;
}

/* Memory with its rights, but for stores that are to be noticed; or the window. */
static void answer(const page_slot *slot, int kind, uint32_t page, bool is_dirty, tlb_entry *entry)
{
    bool is_noticed = slot->mark >= 0 && kind != FETCH && !is_dirty;
        entry->paddr = slot->host ? slot->physical : WINDOW + page;
    entry->perms = (int)(slot->rights & (RIGHT_READ | RIGHT_EXECUTE | (is_noticed ? 0 : RIGHT_WRITE)));
}

bool on_fill(void *uc, uint64_t address, int kind, tlb_entry *entry, void *data)
{
    state *s = data;
    uint32_t page = (uint32_t)address & ~(PAGE_SIZE - 1);
    if (s->zone_count)
        note_filled(s, page);
    bool is_held = kind == FETCH && s->fetch_held && (s->current ? s->current_kinds & KIND_CUT : s->within_block);
    if (s->fill_enabled && !s->stopped && !is_held && !(s->current_kinds & KIND_UNPRIVILEGED)) {
        uint32_t xpsr = read_word(s, uc, s->id_xpsr);
        bool privileged = is_privileged(s, uc, xpsr);
        if (kind != WRITE && kind != FETCH && s->copy_page == page && s->copy_epoch == s->steady_epoch &&
            s->copy_privileged == privileged) {
            s->copy_in_tlb = 1;
            entry->paddr = s->copy_physical;
            entry->perms = RIGHT_READ;
            repair_it(s, uc, xpsr);
            return true;
        }
        const page_slot *slot = find_page(s, page, privileged, kind == FETCH);
        if (slot && (!slot->host || slot->rights & right_of(kind))) {
            uint8_t *mark = slot->mark >= 0 ? &s->marks[slot->mark] : NULL;
            if (mark && kind == WRITE && !(*mark & PAGE_HAS_CODE))
                *mark |= PAGE_DIRTY | PAGE_STORED;
            bool is_dirty = mark && *mark & PAGE_DIRTY;
            if (mark && (kind == FETCH ? !(*mark & PAGE_HAS_CODE) : kind == WRITE && !is_dirty)) {
                s->python_calls++;
                return s->python_fill(uc, address, kind, entry, NULL);
            }
            answer(slot, kind, page, is_dirty, entry);
            if (kind != FETCH) {
                repair_it(s, uc, xpsr);
            } else if (slot->rights & RIGHT_IN_PARTS) {
                s->has_splits = 1;
                s->privileged = privileged;
            }
            return true;
        }
    }
    s->python_calls++;
    return s->python_fill(uc, address, kind, entry, NULL);
}

/* Whether an access is granted but for watched bytes, and is to none of them. */
static bool passes_watches(const state *s, const split_slot *slot, uint32_t address, uint32_t size, uint32_t right)
{
    for (uint32_t granule = address % PAGE_SIZE / GRANULE; granule <= (address % PAGE_SIZE + size - 1) / GRANULE; granule++)
        if (!((slot->rights[granule] | slot->rights[granule] >> UNWATCHED_SHIFT) & right))
            return false;
    if (s->watch_count > MAX_WATCHES)
        return false;
    for (uint32_t n = 0; n < s->watch_count; n++)
        if (s->watches[n].rights & right && s->watches[n].start <= address + size - 1 && address <= s->watches[n].last)
            return false;
    return true;
}

bool on_window(void *uc, int kind, uint64_t address, int size, int64_t value, void *data)
{
    state *s = data;
    uint32_t offset = (uint32_t)address & (PAGE_SIZE - 1);
    bool is_data = kind == MEM_READ_PROT || kind == MEM_WRITE_PROT;
    s->approved_high = 0;
    s->system_store = 0;
    s->steady_size = 0;
    if (is_data && !s->stopped && s->fill_enabled && (address - PPB) >> 20 == 0) {
        /* The MPU has no say over the Private Peripheral Bus; its registers decide in the access itself. */
        uint32_t xpsr = read_word(s, uc, s->id_xpsr);
        bool is_plain = kind == MEM_WRITE_PROT && !(s->current_kinds & KIND_UNPRIVILEGED);
        s->system_store = is_plain && is_privileged(s, uc, xpsr) ? (uint32_t)address : 0;
        if (kind == MEM_READ_PROT && !(s->current_kinds & KIND_UNPRIVILEGED))
            read_steady(s, uc, (uint32_t)address, (unsigned)size, is_privileged(s, uc, xpsr), xpsr);
        repair_it(s, uc, xpsr);
        return true;
    }
    if (is_data && !s->stopped && s->fill_enabled && offset + (uint32_t)size <= PAGE_SIZE &&
        !(s->current_kinds & KIND_UNPRIVILEGED)) {
        uint32_t xpsr = read_word(s, uc, s->id_xpsr);
        uint32_t page = (uint32_t)address & ~(PAGE_SIZE - 1);
        const split_slot *slot = find_split(s, page, is_privileged(s, uc, xpsr));
        uint32_t right = kind == MEM_WRITE_PROT ? RIGHT_WRITE : RIGHT_READ;
        bool in_handler = xpsr & XPSR_IPSR, comes = false;
        bool is_open = in_handler || is_own_stack(s, (uint32_t)(address - WINDOW), (uint32_t)size);
        if (slot && (all_granted(slot, offset, (uint32_t)size, right, is_open) ||
                     passes_watches(s, slot, (uint32_t)(address - WINDOW), (uint32_t)size, right) ||
                     (comes = !in_handler && all_granted(slot, offset, (uint32_t)size, right, true) &&
                              comes_to_own_stack(s, uc, (uint32_t)(address - WINDOW), (uint32_t)size)))) {
            uint64_t low = (address - WINDOW) & ~(uint64_t)(size - 1);
            repair_it(s, uc, xpsr);
            s->approved_low = low;
            s->approved_high = (address - WINDOW + 2 * (uint64_t)size - 1) & ~(uint64_t)(size - 1);
            s->approved_host = slot->host - page;
            s->approved_writable = may_store_to_split(s, slot);
            if (kind == MEM_WRITE_PROT && s->approved_writable)
                s->marks[slot->mark] |= PAGE_STORED;
            s->expects_thread = comes || (in_handler && s->follows_threads && !s->switches_in_thread_mode);
            return true;
        }
        if (!slot && kind == MEM_READ_PROT &&
            read_steady(s, uc, (uint32_t)address, (unsigned)size, is_privileged(s, uc, xpsr), xpsr)) {
            repair_it(s, uc, xpsr);
            return true;
        }
    }
    s->python_calls++;
    return s->python_window(uc, kind, address, size, value, NULL);
}

static bool is_approved(const state *s, uint64_t offset, unsigned size)
{
    uint64_t last = offset + size - 1;
    return s->approved_low <= offset && last < s->approved_high && !s->stopped &&
           (offset & ~(uint64_t)(PAGE_SIZE - 1)) == (last & ~(uint64_t)(PAGE_SIZE - 1)) &&
           (offset & ~(uint64_t)(PAGE_SIZE - 1)) == (s->approved_low & ~(uint64_t)(PAGE_SIZE - 1));
}

uint64_t on_read(void *uc, uint64_t offset, unsigned size, void *data)
{
    state *s = data;
    if (is_approved(s, offset, size)) {
        uint64_t value = 0;
        memcpy(&value, (const void *)(uintptr_t)(s->approved_host + offset), size); /* both little-endian */
        if (s->expects_thread)
            expect_thread(s);
        return value;
    }
    if (s->steady_size == size && s->steady_address == offset && !s->stopped) {
        s->steady_size = 0;
        return s->steady_value;
    }
    s->python_calls++;
    return s->python_read(uc, offset, size, NULL);
}

void on_write(void *uc, uint64_t offset, unsigned size, uint64_t value, void *data)
{
    state *s = data;
    if (s->approved_writable && is_approved(s, offset, size)) {
        memcpy((void *)(uintptr_t)(s->approved_host + offset), &value, size);
        if (s->expects_thread)
            expect_thread(s);
        return;
    }
    if (s->system_store && s->system_store == offset && store_system(s, (uint32_t)offset, size, (uint32_t)value))
        return;
    s->python_calls++;
    s->python_write(uc, offset, size, value, NULL);
}

static bool condition_passed(uint32_t condition, uint32_t apsr)
{
    bool n = apsr >> 31 & 1, z = apsr >> 30 & 1, c = apsr >> 29 & 1, v = apsr >> 28 & 1, result = true;
    switch (condition >> 1) {
    case 0: result = z; break;
    case 1: result = c; break;
    case 2: result = n; break;
    case 3: result = v; break;
    case 4: result = c && !z; break;
    case 5: result = n == v; break;
    case 6: result = n == v && !z; break;
    default: return true;
    }
    return condition & 1 ? !result : result;
}

/* Whether the instruction executes: it is not in an IT block, or its condition holds. */
static bool has_passed(const state *s, void *uc, const special_slot *slot)
{
    return !(slot->itstate & 15) || condition_passed(slot->itstate >> 4, read_word(s, uc, s->id_xpsr));
}

/* Whether MRS Rd, CONTROL gives what the architecture has. [ReplacedInstructions.read_control()] */
static bool shows_control(const state *s, void *uc)
{
    uint32_t control = read_word(s, uc, s->id_control), shown = s->has_fpu ? 7u : 3u;
    if (read_word(s, uc, s->id_xpsr) & XPSR_IPSR)
        shown &= ~CONTROL_SPSEL;
    return s->fp_is_automatic && !(control & ~shown);
}

/* Whether the instruction may execute without asking: its operands keep the rule that the slot describes. */
static bool is_harmless(state *s, void *uc, const special_slot *slot, uint32_t address)
{
    if (!has_passed(s, uc, slot))
        return true;
    if (slot->kind & KIND_DIVIDE)
        return read_core(s, uc, slot->index) != 0;
    if (slot->kind & KIND_READS_CONTROL)
        return shows_control(s, uc);
    if (slot->kind & KIND_WRITES_CONTROL)
        return !((read_core(s, uc, slot->index) | read_word(s, uc, s->id_control)) & CONTROL_FPCA);
    uint32_t effective = slot->base == 15 ? (address + 4) & ~3u : read_core(s, uc, slot->base);
    if (slot->index >= 0)
        effective += read_core(s, uc, slot->index) << slot->shift;
    return !((effective + (uint32_t)slot->displacement) & slot->alignment);
}

/* Whether the current block is known and has no instruction to watch at ``address``. */
static bool is_needless(const state *s, uint64_t address)
{
    block_slot *slot = s->current;
    if (s->stopped || !slot)
        return false;
    uint64_t offset = address - (uint32_t)(slot->key >> 12);
    if (offset >= slot->first && offset <= slot->last)
        return false;
    if (slot->hits < HITS_WORTH_IT && ++slot->hits == HITS_WORTH_IT)
        slot->aligned |= IS_HOT;
    return true;
}

/* What is due before the first FP instruction of a block that executes one. [FpContext.activate()]
   The engine begins a new context itself, with an FPSCR of zero, at the first FP instruction of its block. */
static void begin_fp(state *s, void *uc, uint64_t address)
{
    const block_slot *block = s->current;
    if (!block || address - (uint32_t)(block->key >> 12) != block->first_fp || !s->takes_exceptions || s->fpdscr ||
        !s->fp_is_automatic || (s->cpacr >> 20 & 3) != 3 || read_word(s, uc, s->id_control) & CONTROL_FPCA)
        return;
    if (!(s->fpccr & FPCCR_LSPACT) || save_lazy_fp(s))
        s->before = KIND_COPROCESSOR | s->absent;
}

/* An aligned access by a register and a displacement, as nearly all watched instructions in loops are. */
static bool is_aligned(const state *s, const special_slot *slot)
{
    return slot->is_simple && s->core && !(slot->kind & s->before) && !s->stopped &&
           !((s->core[slot->base] + (uint32_t)slot->displacement) & slot->alignment);
}

static __attribute__((noinline)) void look_at_instruction(state *s, void *uc, uint64_t address, uint32_t size)
{
    const special_slot *slot = find_entry(s, &s->specials, (uint32_t)address | 1u);
    if ((slot && is_aligned(s, slot)) || is_needless(s, address))
        return;
    if (slot && slot->kind & KIND_AFTER_SP && !s->stopped)
        repair_sp(s, uc);
    bool is_breakpoint = slot && slot->kind & KIND_BREAKPOINT; /* Python knows whether the run ends there */
    uint32_t due = slot ? slot->kind & s->before & (KIND_FP | KIND_LATER_FP) : 0;
    if (!s->stopped && !is_breakpoint && due && !(slot->kind & s->absent)) {
        if (!has_passed(s, uc, slot))
            return;
        begin_fp(s, uc, address);
    }
    uint32_t checked = KIND_ALIGNED | KIND_ALIGN_TRAP | KIND_DIVIDE | KIND_WRITES_CONTROL | KIND_WRITES_SP |
                       KIND_READS_CONTROL;
    if (!s->stopped && slot && !is_breakpoint && !(slot->kind & s->before & (KIND_FP | KIND_LATER_FP))) {
        if (!(slot->kind & s->hooked & ~KIND_AFTER_SP))
            return;
        bool reads_pc_and_index = slot->base == 15 && slot->index >= 0;
        bool fails = slot->kind & KIND_STORE_EXCLUSIVE && s->monitor_lost;
        if (slot->kind & checked && !reads_pc_and_index && !fails && is_harmless(s, uc, slot, (uint32_t)address)) {
            if ((slot->kind & (KIND_EXCLUSIVE | KIND_STORE_EXCLUSIVE)) == KIND_EXCLUSIVE && has_passed(s, uc, slot))
                s->monitor_lost = 0;
            return;
        }
    }
    s->python_calls++;
    s->python_special(uc, address, size, NULL);
}

void on_special(void *uc, uint64_t address, uint32_t size, void *data)
{
    state *s = data;
    uint64_t key = (uint32_t)address | 1u;
    const special_slot *slot = &specials_of(s)[special_place(key) & s->specials.mask];
    if (slot->key == key && slot->kind == KIND_AFTER_SP && s->core && !(s->core[13] & 3))
        return; /* as behind nearly every MOV SP, R7 of unoptimised code */
    if (slot->key != key || !is_aligned(s, slot)) /* one found here needs no second chance: it is put again */
        look_at_instruction(s, uc, address, size);
}
