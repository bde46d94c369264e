/*
 * The structures of layout.h, which is written from Python's declarations, and what these files do with them.
 *
 * Python keeps every decision. It compiles decisions into tables (blocks, pages, instructions to watch) and puts the
 * architecture's state where both can reach it; whatever is not plain goes to Python's own hook or method. So the
 * pure-Python machine is the reference and both give the same bytes. The tables are allocated in tables.c, all other
 * memory is Python's.
 */
#ifndef V7M_STATE_H
#define V7M_STATE_H

#include "layout.h"

/* What every slot of a table begins with. */
typedef struct entry {
    uint64_t key;
    uint16_t used;
} entry;

/* Blocks get slots of their own by their addresses: those of 64 KiB of code never meet. */
static inline uint32_t block_place(uint64_t key)
{
    return (uint32_t)(key >> 13);
}

static inline uint32_t special_place(uint64_t key)
{
    return (uint32_t)(key >> 1);
}

/* tables.c */
#define TABLES 5 /* blocks to maps */
bool make_tables(state *s, table *tables);
void free_tables(const table *tables);
void *find_entry(const state *s, const table *t, uint64_t key);
void *put_entry(const state *s, table *t, uint64_t key);
void *sweep_entries(table *t);
void clear_entries(table *t);

/* registers.c */
uint32_t read_word(const state *s, void *uc, int id);
uint32_t read_core(state *s, void *uc, int number);
void repair_sp(state *s, void *uc);
void forget_steady(state *s);
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
uint8_t *frame_memory(state *s, uint32_t address, bool privileged, uint32_t right, bool in_handler);
uint8_t *thread_memory(state *s, uint32_t address, size_t size, bool privileged, uint32_t right);
uint8_t *memory_at(const state *s, uint32_t address);
void select_map(state *s, const memory_map *map);
void select_overlay(state *s, uint32_t overlay);
void note_filled(state *s, uint32_t page);
bool is_zoned(const state *s, uint32_t page);
const page_slot *find_page(const state *s, uint32_t page, bool privileged, bool fetch);
const split_slot *find_split(const state *s, uint32_t page, bool privileged);
bool may_store_to_split(const state *s, const split_slot *slot);
bool may_fetch(const state *s, uint32_t first, uint32_t last, bool privileged);
bool all_granted(const split_slot *slot, uint32_t offset, uint32_t size, uint32_t right, bool is_open);

/* threads.c */
bool follow_thread(state *s);
void expect_thread(state *s);
bool name_thread(state *s, void *uc);
bool comes_to_own_stack(state *s, void *uc, uint32_t address, uint32_t size);
bool is_own_stack(const state *s, uint32_t address, uint32_t size);
bool leaves_own_stack(const state *s, uint32_t stack, uint32_t frame);

/* noted.c */
bool can_note(const state *s, uint32_t count);
void note(state *s, uint64_t executed, uint32_t kind, int32_t number, uint32_t first, uint32_t second);
uint64_t executed_now(const state *s, uint32_t block, uint32_t pc);

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

/* block_counts.c */
void on_counted_block(void *uc, uint64_t address, uint32_t size, void *data);

/* switches.c */
void on_switch_block(void *uc, uint64_t address, uint32_t size, void *data);

/* block_log.c */
void on_logged_block(void *uc, uint64_t address, uint32_t size, void *data);

/* run.c */
enum trap_answer { TRAP_FAILED, TRAP_DONE, TRAP_ASKS_PYTHON };
typedef enum trap_answer (*trap_call)(state *s, void *context);
uint32_t run(state *s, trap_call trap, void *context);

#endif
