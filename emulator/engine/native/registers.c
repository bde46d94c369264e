/*
 * The core registers in and out of the engine, all in one call. [unicorn_registers.py, load() and store()]
 */
#define _GNU_SOURCE
#include "state.h"

#include <string.h>
#ifdef __linux__
#include <sys/uio.h>
#include <unistd.h>
#endif

#define GENERAL 13
#define ENGINE_WORDS 512 /* of the engine's own structure, and of the processor's, that are looked through */
#define PROCESSOR_WORDS 64
#define PROCESSOR_SIZE (1 << 16) /* bytes of the processor in which it says whose it is */

uint32_t read_word(const state *s, void *uc, int id)
{
    uint64_t value = 0;
    s->reg_read(uc, id, &value);
    return (uint32_t)value;
}

/* A core register in the middle of a run. Who reads many looks for where they are, and does not wait for its end. */
uint32_t read_core(state *s, void *uc, int number)
{
    if (!s->core && s->core_reads < READS_WORTH_A_SEARCH && ++s->core_reads == READS_WORTH_A_SEARCH)
        find_core(s);
    if (s->core)
        return s->core[number];
    if (number < GENERAL)
        return read_word(s, uc, UC_ARM_REG_R0 + number);
    return read_word(s, uc, number == 13 ? s->id_sp : s->id_lr);
}

/* Clear the low two bits of SP, which read as zero; the engine keeps what an instruction wrote. */
void repair_sp(state *s, void *uc)
{
    uint64_t sp = read_core(s, uc, 13);
    if (sp & 3) {
        sp &= ~(uint64_t)3;
        s->reg_write(uc, s->id_sp, &sp);
    }
}

#ifdef __linux__
/* Copy memory of this process that may not be there: how much of it was. */
static size_t peek(uint64_t address, void *copy, size_t size)
{
    struct iovec local = {copy, size}, remote = {(void *)(uintptr_t)address, size};
    ssize_t count = process_vm_readv(getpid(), &local, 1, &remote, 1, 0);
    return count < 0 ? 0 : (size_t)count;
}

static bool is_pointer(uint64_t word)
{
    return word >= 1 << 16 && word < UINT64_C(1) << 47 && !(word & 3);
}

/* Whether a structure says that it is of this engine, as the processor does. */
static bool is_of_engine(const state *s, uint64_t processor)
{
    uint64_t words[ENGINE_WORDS];
    for (uint64_t offset = 0; offset < PROCESSOR_SIZE; offset += sizeof words) {
        size_t count = peek(processor + offset, words, sizeof words) / sizeof *words;
        for (size_t n = 0; n < count; n++)
            if (words[n] == (uintptr_t)s->uc)
                return true;
    }
    return false;
}

/* Look for R0 to R12, which hold ``marks``, behind the pointers of the processor that ``processor`` may be. */
static const uint32_t *find_behind(uint64_t processor, const uint32_t *marks)
{
    uint64_t words[PROCESSOR_WORDS];
    uint32_t found[GENERAL];
    size_t size = peek(processor, words, sizeof words);
    for (size_t n = 0; n < size / sizeof *words; n++)
        if (is_pointer(words[n]) && peek(words[n], found, sizeof found) == sizeof found &&
            !memcmp(found, marks, sizeof found))
            return (const uint32_t *)(uintptr_t)words[n];
    return NULL;
}

/*
 * Find where the engine keeps the core registers: reading one through its API takes longer than
 * everything else that is done for a watched instruction. R0 to R12 get marks, and the place that has them all is
 * looked for behind the engine's pointers; nothing is read that may not be there. Where the search fails, the API serves.
 */
void find_core(state *s)
{
    uint64_t words[ENGINE_WORDS], kept[GENERAL];
    uint32_t marks[GENERAL];
    const uint32_t *place = NULL;
    uint64_t processor = 0;
    if (s->core || s->core_reads < READS_WORTH_A_SEARCH || s->core_reads == UINT64_MAX)
        return;
    s->core_reads = UINT64_MAX; /* one search only */
    for (int n = 0; n < GENERAL; n++) {
        uint64_t mark = marks[n] = 0x5A3C0001u + 0x01020304u * (uint32_t)n;
        kept[n] = 0;
        s->reg_read(s->uc, UC_ARM_REG_R0 + n, &kept[n]);
        s->reg_write(s->uc, UC_ARM_REG_R0 + n, &mark);
    }
    size_t size = peek((uint64_t)(uintptr_t)s->uc, words, sizeof words);
    for (size_t n = 0; n < size / sizeof *words && !place; n++)
        if (is_pointer(words[n]) && (place = find_behind(words[n], marks)))
            processor = words[n];
    for (int n = 0; n < GENERAL; n++)
        s->reg_write(s->uc, UC_ARM_REG_R0 + n, &kept[n]);
    for (int n = 0; place && n < 15; n++) /* it must follow the registers, SP and LR too */
        if (place[n] != read_word(s, s->uc, n < GENERAL ? UC_ARM_REG_R0 + n : n == 13 ? s->id_sp : s->id_lr))
            place = NULL;
    s->core = place;
    if (place && is_of_engine(s, processor))
        s->processor = (void *)(uintptr_t)processor;
}
#else
void find_core(state *s)
{
    (void)s;
}
#endif

/* CONTROL as the architecture has it: UnicornRegisters.control(). ``before`` is what it was when the run began. */
static uint32_t architectural_control(const state *s, uint32_t raw, uint32_t before)
{
    uint32_t control = raw & (s->has_fpu ? 7u : 3u);
    if (s->values[XPSR] & XPSR_IPSR)
        control &= ~CONTROL_SPSEL;
    if (s->has_fpu && !s->fp_is_automatic) /* only MSR changes it, see store_registers() */
        control = (control & ~CONTROL_FPCA) | (before & CONTROL_FPCA);
    return control;
}

void load_registers(state *s)
{
    uint32_t before = (uint32_t)s->values[CONTROL];
    s->read_batch(s->uc, s->read_ids, s->read_places, REGISTERS);
    s->values[CONTROL] = architectural_control(s, (uint32_t)s->values[CONTROL], before);
    s->ge_in_engine = (uint32_t)s->values[XPSR] & XPSR_GE;
    if (s->values[CONTROL] & CONTROL_NPRIV && !(s->values[XPSR] & XPSR_IPSR)) {
        /* Unprivileged: the banked registers read as zero. */
        uint64_t xpsr = s->values[XPSR], handler = xpsr | 3;
        s->reg_write(s->uc, s->id_xpsr, &handler);
        s->read_batch(s->uc, s->banked_ids, s->banked_places, 5);
        s->reg_write(s->uc, s->id_xpsr, &xpsr);
    }
    s->values[MSP] &= ~(uint64_t)3; /* see repair_sp() */
    s->values[PSP] &= ~(uint64_t)3;
}

void store_registers(state *s)
{
    uint64_t xpsr = s->values[XPSR], control = s->values[CONTROL];
    uint64_t flags = (xpsr & ~(uint64_t)(XPSR_IPSR | XPSR_IT)) | XPSR_T;
    s->written[0] = flags | 3; /* Handler mode, where everything can be written */
    s->written[1] = 0;
    s->written[2] = flags; /* Thread mode, where SPSEL can */
    s->written[3] = control & ~(uint64_t)CONTROL_NPRIV;
    s->written[4] = control;
    if (s->has_fpu && !s->fp_is_automatic)
        s->written[4] |= CONTROL_FPCA; /* an FP instruction makes no context */
    bool has_ge = xpsr & XPSR_GE || s->ge_in_engine; /* written last of all */
    s->write_batch(s->uc, s->write_ids, s->write_places, s->write_count - !has_ge);
}

bool load_fp(state *s)
{
    return !s->read_batch(s->uc, s->fp_ids, s->fp_places, s->fp_count);
}

bool store_fp(state *s)
{
    return !s->write_batch(s->uc, s->fp_ids, s->fp_places, s->fp_count);
}
