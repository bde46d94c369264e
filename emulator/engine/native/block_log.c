/*
 * The state in front of each block that is executed, for who follows a value back: on_block(), and an entry of a log
 * where one is kept. block_log.py owns the memory; without this file the states are looked at one by one.
 */
#include "blocks.h"

#define SP 13
#define LR 14
#define PC 15
#define XPSR_WORD 16
#define EXC_RETURN 0xFFFFFF80u
#define EXC_RETURN_PSP 4u

/* Copy the basic frame that the handler which begins here has interrupted; return its address, 0 without memory. */
static uint32_t copy_frame(const state *s, uint32_t exc_return, uint32_t *frame)
{
    uint32_t address = (uint32_t)s->values[exc_return & EXC_RETURN_PSP ? PSP : MSP];
    const uint8_t *first = memory_at(s, address), *last = memory_at(s, address + 31);
    if (!first || last != first + 31)
        return 0;
    memcpy(frame, first, 32);
    return address;
}

static void append(block_log *log, state *s, void *uc, uint32_t address)
{
    if (log->count == log->capacity) {
        log->is_full = 1;
        return;
    }
    block_state *entry = log->entries + log->count++;
    entry->executed = s->executed;
    entry->taken = s->taken;
    for (int number = 0; number <= LR; number++)
        entry->words[number] = read_core(s, uc, number);
    entry->words[SP] &= ~3u; /* see repair_sp() */
    entry->words[PC] = address;
    uint32_t itstate = (uint32_t)(s->current->key >> 44), xpsr = read_word(s, uc, s->id_xpsr) & ~XPSR_IT;
    entry->words[XPSR_WORD] = xpsr | (itstate & 3) << 25 | (itstate & 0xFC) << 8;
    /* An exception is taken between two runs of the engine, so that ``values`` are those of its first block. */
    entry->frame_at = 0;
    if (s->taken != log->taken && entry->words[LR] >= EXC_RETURN)
        entry->frame_at = copy_frame(s, entry->words[LR], entry->frame);
    log->taken = s->taken;
}

void on_logged_block(void *uc, uint64_t address, uint32_t size, void *data)
{
    block_log *log = data;
    state *s = log->logged;
    if (!enter_at_once(s, address, size))
        look_at_block(s, uc, address, size);
    if (__builtin_expect(log->is_kept, 0) && s->current && !s->stopped)
        append(log, s, uc, (uint32_t)address);
}
