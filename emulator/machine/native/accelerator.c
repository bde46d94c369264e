/*
 * The accelerator: what the engine's hooks do most of the time, without Python.
 *
 * Python keeps every decision. It compiles decisions into tables (blocks, pages, instructions to watch), and these
 * functions apply them; whatever a table does not answer goes to Python's own hook, whose address is in the state.
 * So the pure-Python machine is the reference and both give the same bytes.
 *
 * There is no link to libunicorn: the four functions used are addresses taken from the loaded library. All memory
 * belongs to Python (emulator/machine/accelerator.py lays out the same structures); nothing is allocated here.
 */
#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define WINDOW (UINT64_C(1) << 32)
#define PPB (WINDOW + 0xE0000000u)
#define PAGE_SIZE 1024u
#define GRANULE_SHIFT 5
#define XPSR_IT UINT32_C(0x0600FC00)
#define KIND_ALIGNED 1u
#define KIND_ALIGN_TRAP 2u
#define KIND_DIVIDE 4u
#define KIND_FP 8u
#define KIND_UNPRIVILEGED 1024u
#define KIND_LATER_FP 2048u
#define KIND_WRITES_CONTROL 4096u
#define KIND_WRITES_SP 65536u
#define CONTROL_FPCA 4u
#define FETCH 18
#define WRITE 17
#define MEM_WRITE_PROT 22
#define MEM_READ_PROT 23
#define UC_ARM_REG_PC 11
#define UC_ARM_REG_R0 66

typedef int (*reg_access)(void *uc, int id, void *value);
typedef int (*emu_stop)(void *uc);
typedef void (*block_hook)(void *uc, uint64_t address, uint32_t size, void *data);
typedef struct tlb_entry {
    uint64_t paddr;
    int perms;
} tlb_entry;
typedef bool (*fill_hook)(void *uc, uint64_t address, int kind, tlb_entry *entry, void *data);
typedef bool (*window_hook)(void *uc, int kind, uint64_t address, int size, int64_t value, void *data);
typedef uint64_t (*read_hook)(void *uc, uint64_t offset, unsigned size, void *data);
typedef void (*write_hook)(void *uc, uint64_t offset, unsigned size, uint64_t value, void *data);

/* After so many needless calls a block is worth another translation. */
#define HITS_WORTH_IT 8

/* One decoded block; key is address << 12 | size, 0 when the slot is free. */
typedef struct block_slot {
    uint64_t key;
    uint32_t count;
    uint32_t kinds;
    uint32_t index;
    uint16_t first; /* offsets of the first and the last instruction to watch; first > last: none */
    uint16_t last;
    uint32_t hits;   /* calls for instructions that need not be watched */
    uint32_t narrow; /* translate again, watching only what must be */
} block_slot;

/* One answer of the fill hook; key is page | privileged << 1 | is_fetch << 2 | 1. dirty: index into dirty, or -1.
   A page is dirty while an entry may allow stores to it; no code is translated from it then. Python makes the changes. */
typedef struct page_slot {
    uint64_t paddr;
    uint32_t key;
    int32_t perms;
    int32_t dirty;
    uint32_t reserved;
} page_slot;

/* A page that the MPU splits: rights of each 32-byte granule; key is page | privileged << 1 | 1. */
typedef struct split_slot {
    uint64_t host; /* address of the page's bytes in this process */
    uint32_t key;
    uint8_t writable;
    uint8_t reserved[3];
    uint8_t rights[32];
} split_slot;

/* One instruction to look at before it executes; address 0 when the slot is free. */
typedef struct special_slot {
    uint32_t address;
    uint32_t kind;
    int32_t displacement;
    int8_t base;
    int8_t index;
    uint8_t shift;
    uint8_t itstate;
    uint32_t alignment;
    uint32_t reserved;
} special_slot;

typedef struct state {
    /* the block clock: emulator/machine/blocks.py */
    uint64_t executed;
    uint64_t limit;
    uint32_t before;
    uint32_t after;
    uint32_t seen;
    uint32_t hooked;
    uint32_t current;       /* index of the current block + 1, 0 for none */
    uint32_t current_count; /* copied from its slot */
    uint32_t current_kinds;
    uint32_t stopped;      /* the run is over: only Python may answer */
    uint32_t has_splits;   /* some page is executable in parts */
    uint32_t fill_enabled; /* 0 while Python looks up translated code or runs its own stub */
    uint32_t trap_divide;
    uint32_t trap_unaligned;
    /* tables */
    block_slot *blocks;
    page_slot *pages;
    split_slot *splits;
    special_slot *specials;
    uint8_t *dirty;
    uint32_t block_mask;
    uint32_t page_mask;
    uint32_t split_mask;
    uint32_t special_mask;
    /* the engine */
    reg_access reg_read;
    reg_access reg_write;
    emu_stop stop;
    int32_t id_xpsr;
    int32_t id_control;
    int32_t id_sp;
    int32_t id_lr;
    /* Python's hooks */
    block_hook python_block;
    block_hook python_special;
    fill_hook python_fill;
    window_hook python_window;
    read_hook python_read;
    write_hook python_write;
    /* what was approved last: [low, high) belongs to this split page */
    uint64_t current_slot; /* the block_slot of the current block, 0 when Python entered it */
    uint64_t approved_low;
    uint64_t approved_high;
    uint64_t approved_host;
    uint32_t approved_writable;
    uint32_t reserved;
    /* counters for the benchmarks and tests */
    uint64_t python_calls;
} state;

/* Where an entry may be: PROBES slots from its hash on. */
#define PROBES 4

static uint32_t hash(uint64_t key)
{
    return (uint32_t)(key * UINT64_C(0x9E3779B97F4A7C15) >> 40);
}

static const block_slot *find_block(const state *s, uint64_t key)
{
    uint32_t start = hash(key);
    for (uint32_t probe = 0; probe < PROBES; probe++) {
        const block_slot *slot = &s->blocks[(start + probe) & s->block_mask];
        if (slot->key == key)
            return slot;
    }
    return NULL;
}

static const special_slot *find_special(const state *s, uint32_t address)
{
    uint32_t start = hash(address);
    for (uint32_t probe = 0; probe < PROBES; probe++) {
        const special_slot *slot = &s->specials[(start + probe) & s->special_mask];
        if (slot->address == address)
            return slot;
    }
    return NULL;
}

static void on_block(void *uc, uint64_t address, uint32_t size, void *data)
{
    state *s = data;
    const block_slot *slot = find_block(s, address << 12 | size);
    uint64_t executed = s->executed + s->current_count;
    if (s->stopped || !slot || executed >= s->limit || s->current_kinds & s->after || slot->kinds & s->before ||
        s->has_splits || slot->narrow) {
        s->python_calls++;
        s->python_block(uc, address, size, NULL);
        return;
    }
    s->executed = executed;
    s->seen |= slot->kinds;
    s->current = slot->index;
    s->current_count = slot->count;
    s->current_kinds = slot->kinds;
    s->current_slot = (uint64_t)(uintptr_t)slot;
}

static uint32_t read_word(const state *s, void *uc, int id)
{
    uint64_t value = 0;
    s->reg_read(uc, id, &value);
    return (uint32_t)value;
}

static bool is_privileged(const state *s, void *uc, uint32_t xpsr)
{
    return xpsr & 0x1FF || !(read_word(s, uc, s->id_control) & 1);
}

/* A hook that let Unicorn synchronise its PC in an IT block must clear the stale ITSTATE. */
static void repair_it(const state *s, void *uc, uint32_t xpsr)
{
    if (xpsr & XPSR_IT) {
        uint64_t repaired = xpsr & ~XPSR_IT;
        s->reg_write(uc, s->id_xpsr, &repaired);
    }
}

static bool on_fill(void *uc, uint64_t address, int kind, tlb_entry *entry, void *data)
{
    state *s = data;
    if (s->fill_enabled && !s->stopped && !(s->current_kinds & KIND_UNPRIVILEGED)) {
        uint32_t xpsr = read_word(s, uc, s->id_xpsr);
        uint32_t page = (uint32_t)address & ~(PAGE_SIZE - 1);
        uint32_t access = kind == FETCH ? 4 : 0;
        uint32_t key = page | access | (uint32_t)is_privileged(s, uc, xpsr) << 1 | 1;
        const page_slot *slot = &s->pages[(page >> 10 ^ page >> 22 ^ key << 9) & s->page_mask];
        bool granted = kind == FETCH || slot->paddr >= WINDOW || slot->perms & (kind == WRITE ? 2 : 1);
        if (slot->key == key && granted) {
            bool is_dirty = slot->dirty >= 0 && s->dirty[slot->dirty];
            if (slot->dirty >= 0 && (kind == FETCH ? is_dirty : kind == WRITE && !is_dirty)) {
                s->python_calls++;
                return s->python_fill(uc, address, kind, entry, NULL);
            }
            if (kind != FETCH)
                repair_it(s, uc, xpsr);
            entry->paddr = slot->paddr;
            entry->perms = slot->dirty >= 0 && kind != FETCH && !is_dirty ? slot->perms & ~2 : slot->perms;
            return true;
        }
    }
    s->python_calls++;
    return s->python_fill(uc, address, kind, entry, NULL);
}

static bool all_granted(const split_slot *slot, uint32_t offset, uint32_t size, uint32_t right)
{
    for (uint32_t granule = offset >> GRANULE_SHIFT; granule <= (offset + size - 1) >> GRANULE_SHIFT; granule++)
        if (!(slot->rights[granule] & right))
            return false;
    return true;
}

static bool on_window(void *uc, int kind, uint64_t address, int size, int64_t value, void *data)
{
    state *s = data;
    uint32_t offset = (uint32_t)address & (PAGE_SIZE - 1);
    bool is_data = kind == MEM_READ_PROT || kind == MEM_WRITE_PROT;
    s->approved_high = 0;
    if (is_data && !s->stopped && s->fill_enabled && (address - PPB) >> 20 == 0) {
        /* The MPU has no say over the Private Peripheral Bus; its registers decide in the access itself. */
        repair_it(s, uc, read_word(s, uc, s->id_xpsr));
        return true;
    }
    if (is_data && !s->stopped && s->fill_enabled && offset + (uint32_t)size <= PAGE_SIZE &&
        !(s->current_kinds & KIND_UNPRIVILEGED)) {
        uint32_t xpsr = read_word(s, uc, s->id_xpsr);
        uint32_t page = (uint32_t)address & ~(PAGE_SIZE - 1);
        uint32_t key = page | (uint32_t)is_privileged(s, uc, xpsr) << 1 | 1;
        const split_slot *slot = &s->splits[(page >> 10 ^ key << 5) & s->split_mask];
        if (slot->key == key && all_granted(slot, offset, (uint32_t)size, kind == MEM_WRITE_PROT ? 2 : 1)) {
            uint64_t low = (address - WINDOW) & ~(uint64_t)(size - 1);
            repair_it(s, uc, xpsr);
            s->approved_low = low;
            s->approved_high = (address - WINDOW + 2 * (uint64_t)size - 1) & ~(uint64_t)(size - 1);
            s->approved_host = slot->host - page;
            s->approved_writable = slot->writable;
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

static uint64_t on_read(void *uc, uint64_t offset, unsigned size, void *data)
{
    state *s = data;
    if (is_approved(s, offset, size)) {
        uint64_t value = 0;
        memcpy(&value, (const void *)(uintptr_t)(s->approved_host + offset), size); /* both little-endian */
        return value;
    }
    s->python_calls++;
    return s->python_read(uc, offset, size, NULL);
}

static void on_write(void *uc, uint64_t offset, unsigned size, uint64_t value, void *data)
{
    state *s = data;
    if (s->approved_writable && is_approved(s, offset, size)) {
        memcpy((void *)(uintptr_t)(s->approved_host + offset), &value, size);
        return;
    }
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

static uint32_t read_core(const state *s, void *uc, int number)
{
    if (number < 13)
        return read_word(s, uc, UC_ARM_REG_R0 + number);
    return read_word(s, uc, number == 13 ? s->id_sp : s->id_lr);
}

/* Whether the instruction may execute without asking: its operands keep the rule that the slot describes. */
static bool is_harmless(const state *s, void *uc, const special_slot *slot, uint32_t address)
{
    if (slot->itstate & 15 && !condition_passed(slot->itstate >> 4, read_word(s, uc, s->id_xpsr)))
        return true;
    if (slot->kind & KIND_DIVIDE)
        return read_core(s, uc, slot->index) != 0;
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
    block_slot *slot = (block_slot *)(uintptr_t)s->current_slot;
    if (!slot || s->stopped || !slot->key || slot->index != s->current)
        return false; /* the slot may have been given to another block since */
    uint64_t offset = address - (slot->key >> 12);
    if (offset >= slot->first && offset <= slot->last)
        return false;
    if (++slot->hits == HITS_WORTH_IT)
        slot->narrow = 1;
    return true;
}

static void on_special(void *uc, uint64_t address, uint32_t size, void *data)
{
    state *s = data;
    if (is_needless(s, address))
        return;
    const special_slot *slot = find_special(s, (uint32_t)address);
    uint32_t checked = KIND_ALIGNED | KIND_ALIGN_TRAP | KIND_DIVIDE | KIND_WRITES_CONTROL | KIND_WRITES_SP;
    if (!s->stopped && slot && !(slot->kind & s->before & (KIND_FP | KIND_LATER_FP))) {
        if (!(slot->kind & s->hooked))
            return;
        bool reads_pc_and_index = slot->base == 15 && slot->index >= 0;
        if (slot->kind & checked && !reads_pc_and_index && is_harmless(s, uc, slot, (uint32_t)address))
            return;
    }
    s->python_calls++;
    s->python_special(uc, address, size, NULL);
}

/* -- the module: only addresses and sizes leave it ------------------------------------------------------------------ */

static PyObject *addresses(PyObject *self, PyObject *arguments)
{
    (void)self;
    (void)arguments;
    return Py_BuildValue("{s:K,s:K,s:K,s:K,s:K,s:K}", "block", (unsigned long long)(uintptr_t)on_block, "fill",
                         (unsigned long long)(uintptr_t)on_fill, "window", (unsigned long long)(uintptr_t)on_window,
                         "read", (unsigned long long)(uintptr_t)on_read, "write",
                         (unsigned long long)(uintptr_t)on_write, "special", (unsigned long long)(uintptr_t)on_special);
}

static PyObject *sizes(PyObject *self, PyObject *arguments)
{
    (void)self;
    (void)arguments;
    return Py_BuildValue("{s:n,s:n,s:n,s:n,s:n}", "state", sizeof(state), "block", sizeof(block_slot), "page",
                         sizeof(page_slot), "split", sizeof(split_slot), "special", sizeof(special_slot));
}

static PyMethodDef methods[] = {
    {"addresses", addresses, METH_NOARGS, "Return the addresses of the hooks."},
    {"sizes", sizes, METH_NOARGS, "Return the sizes of the structures, to compare with Python's layout."},
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef definition = {PyModuleDef_HEAD_INIT, "_accelerator", "Native hooks of the engine.", -1,
                                        methods, NULL, NULL, NULL, NULL};

PyMODINIT_FUNC PyInit__accelerator(void)
{
    return PyModule_Create(&definition);
}
