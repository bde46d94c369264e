/*
 * Reads of registers that answer the same while nothing but time passes. Python says which those are, and what they
 * answer (steady_registers.py); the reference is the device itself.
 */
#include "state.h"

#define FOREVER UINT64_MAX
#define THREAD_PRIORITY 256

/* Instructions executed before the one at the PC, which a hook of an access has synchronised; false: not known. */
static bool count_executed(const state *s, void *uc, uint64_t *executed)
{
    const block_slot *block = s->current;
    if (!block || s->executed + s->current_count >= s->limit)
        return false;
    uint32_t first = (uint32_t)(block->key >> 12), pc = read_word(s, uc, s->id_pc);
    if (!memory_at(s, first) || pc - first >= (uint32_t)(block->key & 0xFFF))
        return false;
    *executed = executed_now(s, first, pc);
    return true;
}

/* SystemControlBlock._vectpending(). */
static uint32_t vectpending(state *s)
{
    int exception = most_urgent_pending(s);
    if (exception < 0)
        return 0;
    /* The masks as they are now; everything else in ``values`` is read anew at the end of the run. */
    s->read_batch(s->uc, s->banked_ids, s->banked_places, 5);
    int limit = THREAD_PRIORITY;
    if (s->values[BASEPRI])
        limit = (int)s->values[BASEPRI] & s->group_mask;
    if (s->values[FAULTMASK] & 1)
        limit = -1;
    return preempts(s, exception, limit) ? (uint32_t)exception : 0;
}

/* SystemControlBlock._peek_icsr(). */
static uint32_t read_icsr(state *s, uint32_t ipsr)
{
    uint32_t value = ipsr | vectpending(s) << 12;
    uint64_t active = 0, interrupts = s->pending[0] >> 16;
    for (uint32_t word = 0; word < WORDS; word++)
        active |= s->active[word] & ~(ipsr >> 6 == word ? UINT64_C(1) << (ipsr & 63) : 0);
    for (uint32_t word = 1; word < WORDS; word++)
        interrupts |= s->pending[word];
    value |= active ? 0 : ICSR_RETTOBASE;
    value |= interrupts ? ICSR_ISRPENDING : 0;
    value |= s->pending[0] >> EXCEPTION_SYSTICK & 1 ? ICSR_PENDSTSET : 0;
    value |= s->pending[0] >> EXCEPTION_PENDSV & 1 ? ICSR_PENDSVSET : 0;
    return value | (s->pending[0] >> EXCEPTION_NMI & 1 ? ICSR_NMIPENDSET : 0);
}

/* Devices, or who may use them, may have changed: what was said of their registers holds no longer. */
void forget_steady(state *s)
{
    s->steady_epoch++;
    if (s->copy_in_tlb) {
        s->copy_in_tlb = 0;
        s->control(s->uc, s->tlb_flush);
    }
}

/* Answer a read that is about to be done, if its register is known to be steady; on_read() takes the answer. */
bool read_steady(state *s, void *uc, uint32_t address, unsigned size, bool privileged, uint32_t xpsr)
{
    steady_slot *slot = &s->steady[(address >> 2 ^ address >> 12) & s->steady_mask];
    uint64_t executed = 0;
    if (slot->address != address || slot->epoch != s->steady_epoch || slot->size != size ||
        slot->privileged != privileged)
        return false;
    if (slot->until != FOREVER && (!count_executed(s, uc, &executed) || executed + slot->skipped >= slot->until))
        return false;
    if (++slot->answered == COPIED_AFTER && slot->until == FOREVER && !slot->slope && !slot->is_icsr)
        return false; /* Python may copy the page */
    s->steady_value = slot->value;
    if (slot->is_icsr)
        s->steady_value = read_icsr(s, xpsr & XPSR_IPSR);
    else if (slot->slope)
        s->steady_value += (uint32_t)slot->slope * (uint32_t)((executed + slot->skipped) / slot->divider - slot->since);
    s->steady_address = address;
    s->steady_size = size;
    return true;
}
