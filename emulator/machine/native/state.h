/*
 * The structures that Python lays out (emulator/machine/shared_state.py) and these files apply.
 *
 * Python keeps every decision. It compiles decisions into tables (blocks, pages, instructions to watch) and puts the
 * architecture's state where both can reach it; whatever is not plain goes to Python's own hook or method. So the
 * pure-Python machine is the reference and both give the same bytes.
 *
 * There is no link to libunicorn: the functions used are addresses taken from the loaded library. All memory belongs
 * to Python; nothing is allocated here.
 */
#ifndef V7M_STATE_H
#define V7M_STATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define WINDOW (UINT64_C(1) << 32)
#define PAGE_SIZE 1024u
#define PAGE_SHIFT 10
#define GRANULE_SHIFT 5

#define XPSR_IT UINT32_C(0x0600FC00)
#define XPSR_T (UINT32_C(1) << 24)
#define XPSR_ALIGN (UINT32_C(1) << 9)
#define XPSR_IPSR UINT32_C(0x1FF)
#define CONTROL_NPRIV 1u
#define CONTROL_SPSEL 2u
#define CONTROL_FPCA 4u

/* emulator/armv7m/instructions.py, Kind */
#define KIND_ALIGNED 1u
#define KIND_ALIGN_TRAP 2u
#define KIND_DIVIDE 4u
#define KIND_FP 8u
#define KIND_MASKS 16u
#define KIND_EXCLUSIVE 32u
#define KIND_OPEN_IT 128u
#define KIND_COPROCESSOR 256u
#define KIND_UNPRIVILEGED 1024u
#define KIND_LATER_FP 2048u
#define KIND_WRITES_CONTROL 4096u
#define KIND_WRITES_SP 65536u
#define KIND_FAULTMASK 131072u
#define KIND_STORE_EXCLUSIVE 262144u
#define KIND_BREAKPOINT 524288u

/* The engine's numbers */
#define FETCH 18
#define WRITE 17
#define MEM_WRITE_PROT 22
#define MEM_READ_PROT 23
#define UC_ARM_REG_R0 66

/* Rights bits, and the engine's permissions */
#define RIGHT_READ 1u
#define RIGHT_WRITE 2u
#define RIGHT_EXECUTE 4u

#define FPCCR_LSPACT 1u

/* Why a run ended: emulator/machine/engine_run.py, Cause. ASK_PYTHON: the engine's own hooks know. */
#define ASK_PYTHON 0u
#define CAUSE_BOUNDARY 1u
#define CAUSE_SVC 2u
#define CAUSE_EXC_RETURN 4u

/* Where ``values`` has the core registers */
enum { R0 = 0, R12 = 12, MSP, PSP, LR, PC, XPSR, PRIMASK, BASEPRI, FAULTMASK, CONTROL, REGISTERS };

#define EXCEPTIONS 256
#define WORDS (EXCEPTIONS / 64)
#define MAX_REGIONS 16
#define MAX_MEMORIES 32
#define MAX_MAPS 128 /* twice as many as Python keeps */
#define MAP_KEY (8 + 8 * MAX_REGIONS)

typedef int (*reg_access)(void *uc, int id, void *value);
typedef int (*reg_batch)(void *uc, const int *ids, void *const *values, int count);
typedef int (*emu_stop)(void *uc);
typedef int (*emu_start)(void *uc, uint64_t begin, uint64_t until, uint64_t timeout, size_t count);
typedef int (*engine_control)(void *uc, int control, ...);
typedef void (*block_hook)(void *uc, uint64_t address, uint32_t size, void *data);
typedef struct tlb_entry {
    uint64_t paddr;
    int perms;
} tlb_entry;
typedef bool (*fill_hook)(void *uc, uint64_t address, int kind, tlb_entry *entry, void *data);
typedef bool (*window_hook)(void *uc, int kind, uint64_t address, int size, int64_t value, void *data);
typedef uint64_t (*read_hook)(void *uc, uint64_t offset, unsigned size, void *data);
typedef void (*write_hook)(void *uc, uint64_t offset, unsigned size, uint64_t value, void *data);
typedef void (*interrupt_hook)(void *uc, uint32_t number, void *data);

/* One decoded block; key is address << 12 | size, 0 when the slot is free. */
typedef struct block_slot {
    uint64_t key;
    uint16_t count;
    uint16_t aligned; /* bit n: Rn must be word aligned where the block begins */
    uint32_t kinds;
    uint32_t index;
    uint16_t first; /* offsets of the first and the last instruction to watch; first > last: none */
    uint16_t last;
    uint32_t hits;     /* calls for instructions that need not be watched */
    uint16_t narrow;   /* translate again, watching only what must be */
    uint16_t first_fp; /* offset of the first FP instruction, 0xFFFF for none */
} block_slot;

/* One answer of the fill hook; key is page | privileged << 1 | is_fetch << 2 | 1. dirty: index into dirty, or -1.
   A page is dirty while an entry may allow stores to it; no code is translated from it then. Python makes the changes. */
typedef struct page_slot {
    uint64_t paddr;
    uint64_t host; /* address of the page's bytes in this process, 0 where there is no memory */
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
    uint32_t is_simple; /* ALIGNED, unconditional, and the address is R[base] + displacement */
} special_slot;

/* Memory as the guest's addresses reach it, aliases too: [start, last]. */
typedef struct memory_range {
    uint32_t start;
    uint32_t last;
    uint64_t host;
} memory_range;

/* The tables of a memory map; hash 0 when the slot is free. */
typedef struct map_slot {
    uint64_t hash;
    page_slot *pages;
    split_slot *splits;
    uint8_t key[MAP_KEY];
} map_slot;

/* What the MPU answers from: the words of its registers, and whether the execution priority is negative. */
typedef struct memory_map {
    uint32_t ctrl;
    uint32_t negative;
    uint32_t rbar[MAX_REGIONS];
    uint32_t rasr[MAX_REGIONS];
} memory_map;

/* What a device's register reads as while nothing but time passes: emulator/machine/steady_registers.py. */
typedef struct steady_slot {
    uint32_t address;
    uint32_t epoch; /* another than the state's: the slot is free */
    uint8_t size;
    uint8_t privileged;
    uint8_t is_icsr;
    int8_t slope;
    uint32_t value;
    uint32_t divider;
    uint32_t reserved;
    uint64_t since; /* in ticks of ``divider`` */
    uint64_t until; /* virtual time; all ones: for ever */
    uint64_t skipped; /* virtual time less the instructions executed */
} steady_slot;

typedef struct state {
    /* the block clock: emulator/machine/blocks.py */
    uint64_t executed;
    uint64_t limit;
    uint32_t before;
    uint32_t after;
    uint32_t monitor_lost; /* the local monitor was cleared by an exception: a STREX fails */
    uint32_t hooked;
    uint32_t current;       /* index of the current block + 1, 0 for none */
    uint32_t current_count; /* copied from its slot */
    uint32_t current_kinds;
    uint32_t stopped;      /* the run is over: only Python may answer */
    uint32_t has_splits;   /* some page is executable in parts */
    uint32_t fill_enabled; /* 0 while Python looks up translated code, and where nothing is kept */
    uint32_t cause;        /* CAUSE_ of a run that these files ended, ASK_PYTHON otherwise */
    int32_t status;        /* uc_err of the last uc_emu_start */
    /* tables */
    block_slot *blocks;
    page_slot *pages;
    split_slot *splits;
    special_slot *specials;
    map_slot *maps;
    uint8_t *dirty;
    uint32_t block_mask;
    uint32_t page_mask;
    uint32_t split_mask;
    uint32_t special_mask;
    /* the engine */
    void *uc;
    const uint32_t *core; /* R0 to R14 where the engine keeps them, NULL while that is not known */
    uint64_t core_reads;  /* without knowing it */
    reg_access reg_read;
    reg_access reg_write;
    reg_batch read_batch;
    reg_batch write_batch;
    emu_start start;
    emu_stop stop;
    engine_control control;
    int32_t tlb_flush; /* the code of the call that flushes the TLB */
    int32_t id_xpsr;
    int32_t id_control;
    int32_t id_sp;
    int32_t id_lr;
    int32_t write_count;
    int32_t fp_count;
    int32_t reserved;
    const int *read_ids; /* REGISTERS of them, in the order of ``values`` */
    void *const *read_places;
    const int *banked_ids; /* MSP, PSP and the masks */
    void *const *banked_places;
    const int *write_ids;
    void *const *write_places; /* into ``values`` and ``written`` */
    const int *fp_ids;         /* D0 to D7 and FPSCR */
    void *const *fp_places;    /* into ``fp`` */
    /* Python's hooks */
    block_hook python_block;
    block_hook python_special;
    fill_hook python_fill;
    window_hook python_window;
    read_hook python_read;
    write_hook python_write;
    interrupt_hook python_interrupt;
    uint64_t current_slot; /* the block_slot of the current block, 0 for none */
    /* what was approved last: [low, high) belongs to this split page */
    uint64_t approved_low;
    uint64_t approved_high;
    uint64_t approved_host;
    uint32_t approved_writable;
    uint32_t system_store; /* address of the privileged store to the Private Peripheral Bus that was let through */
    /* the core's registers between runs, and what is written in their stead on the way into the engine */
    uint64_t values[REGISTERS];
    uint64_t written[6];
    uint64_t fp[9];
    /* the exceptions: emulator/machine/shared_core.py */
    uint64_t enabled[WORDS];
    uint64_t pending[WORDS];
    uint64_t active[WORDS];
    uint64_t lines[WORDS];
    int16_t priorities[EXCEPTIONS];
    int32_t group_mask;
    uint32_t event; /* the event register is to be set */
    /* the System Control Space, as far as exceptions need it */
    uint32_t vtor;
    uint32_t ccr;
    uint32_t scr;
    uint32_t cpacr;
    uint32_t fpccr;
    uint32_t fpcar;
    uint32_t fpdscr;
    uint32_t demcr;
    /* the MPU */
    memory_map map;
    uint32_t regions;
    uint32_t rnr;
    uint32_t map_changes; /* how often these files changed a region */
    /* how to go on without Python */
    uint32_t takes_exceptions; /* entry and return may be done here */
    uint32_t takes_svc;        /* SVC is the architecture's, no personality's */
    uint32_t trap_immediate;   /* of the SVC that is the personality's */
    uint32_t declined;         /* a pending exception preempts, and only Python can take it */
    uint32_t has_fpu;
    uint32_t absent;
    uint32_t fp_is_automatic; /* FPCCR.ASPEN, as it was when the run began */
    uint32_t memory_count;
    memory_range memories[MAX_MEMORIES];
    /* counters for the benchmarks and tests */
    uint64_t python_calls;
    uint64_t native_entries;
    uint64_t native_returns;
    /* registers that read the same until something happens */
    steady_slot *steady;
    uint32_t steady_mask;
    uint32_t steady_epoch; /* changes whenever a device, or who may use it, may have changed */
    uint32_t steady_value; /* what the read that was just let through answers, of ``steady_size`` bytes */
    uint32_t steady_address;
    uint32_t steady_size;
    uint32_t steady_reserved;
} state;

/* registers.c */
uint32_t read_word(const state *s, void *uc, int id);
uint32_t read_core(state *s, void *uc, int number);
void find_core(state *s);
void load_registers(state *s);
void store_registers(state *s);
bool load_fp(state *s);
bool store_fp(state *s);

/* exceptions.c */
int most_urgent_pending(const state *s);
int execution_priority(const state *s);
bool preempts(const state *s, int exception, int priority);
bool is_anything_pending(const state *s);
bool take_exception(state *s);
bool take_svc(state *s);
bool return_from_exception(state *s);
bool save_lazy_fp(state *s);

/* memory.c */
uint8_t *frame_memory(const state *s, uint32_t address, bool privileged, uint32_t right);
uint8_t *memory_at(const state *s, uint32_t address);
bool select_map(state *s, const memory_map *map);
const page_slot *find_page(const state *s, uint32_t page, bool privileged, bool fetch);
const split_slot *find_split(const state *s, uint32_t page, bool privileged);
bool all_granted(const split_slot *slot, uint32_t offset, uint32_t size, uint32_t right);

/* steady.c */
bool read_steady(state *s, void *uc, uint32_t address, unsigned size, bool privileged, uint32_t xpsr);

/* system_space.c */
bool store_system(state *s, uint32_t address, unsigned size, uint32_t value);

/* hooks.c */
void on_block(void *uc, uint64_t address, uint32_t size, void *data);
void on_special(void *uc, uint64_t address, uint32_t size, void *data);
bool on_fill(void *uc, uint64_t address, int kind, tlb_entry *entry, void *data);
bool on_window(void *uc, int kind, uint64_t address, int size, int64_t value, void *data);
uint64_t on_read(void *uc, uint64_t offset, unsigned size, void *data);
void on_write(void *uc, uint64_t offset, unsigned size, uint64_t value, void *data);
void on_interrupt(void *uc, uint32_t number, void *data);

/* run.c */
enum trap_answer { TRAP_FAILED, TRAP_DONE, TRAP_ASKS_PYTHON };
typedef enum trap_answer (*trap_call)(state *s, void *context);
uint32_t run(state *s, trap_call trap, void *context);

#endif
