/*
 * The core registers in and out of the engine, all in one call. [engine.py, Engine.load() and Engine.store()]
 */
#include "state.h"

uint32_t read_word(const state *s, void *uc, int id)
{
    uint64_t value = 0;
    s->reg_read(uc, id, &value);
    return (uint32_t)value;
}

/* CONTROL as the architecture has it: Engine._control(). ``before`` is what it was when the run began. */
static uint32_t architectural_control(const state *s, uint32_t raw, uint32_t before)
{
    uint32_t control = raw & (s->has_fpu ? 7u : 3u);
    if (s->values[XPSR] & XPSR_IPSR)
        control &= ~CONTROL_SPSEL;
    if (raw & CONTROL_ENGINE_FPCA && !s->fp_is_automatic)
        control &= ~CONTROL_FPCA | before;
    return control;
}

void load_registers(state *s)
{
    uint32_t before = (uint32_t)s->values[CONTROL];
    s->read_batch(s->uc, s->read_ids, s->read_places, REGISTERS);
    s->values[CONTROL] = architectural_control(s, (uint32_t)s->values[CONTROL], before);
    if (s->values[CONTROL] & CONTROL_NPRIV && !(s->values[XPSR] & XPSR_IPSR)) {
        /* Unprivileged: the banked registers read as zero. */
        uint64_t xpsr = s->values[XPSR], handler = xpsr | 3;
        s->reg_write(s->uc, s->id_xpsr, &handler);
        s->read_batch(s->uc, s->banked_ids, s->banked_places, 5);
        s->reg_write(s->uc, s->id_xpsr, &xpsr);
    }
}

void store_registers(state *s)
{
    uint64_t xpsr = s->values[XPSR], control = s->values[CONTROL];
    uint64_t flags = (xpsr & ~(uint64_t)(XPSR_IPSR | XPSR_IT)) | XPSR_T;
    s->written[0] = flags | 3; /* Handler mode, where everything can be written */
    s->written[1] = 0;
    s->written[2] = flags; /* Thread mode, where SPSEL can */
    s->written[3] = control & ~(uint64_t)CONTROL_NPRIV;
    s->written[4] = control | (control & CONTROL_FPCA ? CONTROL_ENGINE_FPCA : 0);
    s->write_batch(s->uc, s->write_ids, s->write_places, s->write_count);
}

bool load_fp(state *s)
{
    return !s->read_batch(s->uc, s->fp_ids, s->fp_places, s->fp_count);
}

bool store_fp(state *s)
{
    return !s->write_batch(s->uc, s->fp_ids, s->fp_places, s->fp_count);
}
