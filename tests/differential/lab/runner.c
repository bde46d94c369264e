/* Runs every case of the batch and writes all results to the console in one piece. */
#include "runner.h"
#include "console.h"
#include "faults.h"

struct state { uint32_t r[13], apsr, s[32], fpscr, memory_seed; };

struct result {
    uint32_t exception, r[13], sp, lr, pc, xpsr, exc_return, cfsr, hfsr, address, s[32], fpscr;
    uint32_t memory[CASE_MEMORY_WORDS];
};

extern const struct state lab_states[];
extern const uint32_t lab_code[], lab_count, lab_mode;
extern void run_case(const struct state *state, uint32_t code, uint32_t control);
extern void store_fp(uint32_t *s);
extern void case_done(void);

uint32_t saved_sp;
static struct result *result = (struct result *)RESULTS;
static uint32_t return_frame[8] __attribute__((aligned(8)));

static void set_up_mpu(void)
{
    static const struct { uint32_t mode, base, rasr; } regions[] = {
        {MODE_SPLIT, 0x20080020, RASR(5, 0, 1)},
        {MODE_HOLE, 0x20080360, RASR(5, 0, 1)},
        {MODE_EDGE, 0x20080400, RASR(10, 0, 1)},
        {MODE_READ_ONLY, 0x200803E0, RASR(5, 6, 1)},
    };
    uint32_t number = 1;
    MPU_RBAR = 0x10;
    MPU_RASR = RASR(32, 3, 0);
    for (unsigned i = 0; i < sizeof regions / sizeof *regions; i++)
        if (lab_mode & regions[i].mode) {
            MPU_RBAR = regions[i].base | 0x10 | number++;
            MPU_RASR = regions[i].rasr;
        }
}

/* Beyond what is compared, too: a case may read there, and must not find what another one left. */
static void fill_memory(uint32_t seed)
{
    volatile uint32_t *memory = (volatile uint32_t *)(CASE_MEMORY - CASE_MARGIN);
    for (unsigned i = 0; i < CASE_MEMORY_WORDS + 2 * CASE_MARGIN / 4; i++) {
        seed = seed * 1664525 + 1013904223;
        memory[i] = seed ^ seed >> 13;
    }
}

/* Called by the handlers: frame on the process stack, r4-r11, EXC_RETURN. */
void record(const uint32_t *frame, const uint32_t *high, uint32_t exc_return)
{
    MPU_CTRL = 0;
    BARRIER();
    WRITE_SPECIAL(control, READ_SPECIAL(control) & ~1u);
    result->exception = READ_SPECIAL(ipsr);
    for (unsigned i = 0; i < 4; i++)
        result->r[i] = frame[i];
    for (unsigned i = 0; i < 8; i++)
        result->r[4 + i] = high[i];
    result->r[12] = frame[4];
    result->lr = frame[5];
    result->pc = frame[6];
    result->xpsr = frame[7];
    result->exc_return = exc_return;
    result->cfsr = SCB_CFSR;
    result->hfsr = SCB_HFSR;
    result->address = result->cfsr & 0x80 ? SCB_MMFAR : result->cfsr & 0x8000 ? SCB_BFAR : 0;
    store_fp(result->s);
    uint32_t size = 32;
    if (!(exc_return & 0x10)) { /* the interrupted S0-S15 and FPSCR are in the frame now */
        for (unsigned i = 0; i < 16; i++)
            result->s[i] = frame[8 + i];
        result->fpscr = frame[24];
        size = 104;
    }
    result->sp = (uint32_t)frame + size + (frame[7] >> 9 & 1) * 4;
    SCB_CFSR = result->cfsr;
    SCB_HFSR = result->hfsr;
    for (unsigned i = 0; i < CASE_MEMORY_WORDS; i++)
        result->memory[i] = ((volatile uint32_t *)CASE_MEMORY)[i];
    return_frame[6] = (uint32_t)case_done & ~1u;
    return_frame[7] = 0x01000000;
    WRITE_SPECIAL(psp, (uint32_t)return_frame);
}

int main(void)
{
    enable_fault_handlers();
    set_up_mpu();
    SCB_CCR |= (lab_mode & MODE_UNALIGN_TRP ? 8 : 0) | (lab_mode & MODE_DIV_0_TRP ? 16 : 0);
    for (uint32_t i = 0; i < lab_count; i++, result++) {
        fill_memory(lab_states[i].memory_seed);
        MPU_CTRL = lab_mode & (MODE_SPLIT | MODE_HOLE | MODE_EDGE | MODE_READ_ONLY) ? 5 : 0;
        BARRIER();
        uint32_t control = (lab_mode & MODE_UNPRIVILEGED ? 3 : 2) | (lab_mode & MODE_FRESH_FP ? 0 : 4);
        run_case(&lab_states[i], lab_code[i], control);
    }
    static const uint32_t open[] = {(uint32_t)":tt", 4, 3};
    uint32_t handle = (uint32_t)semihost(SYS_OPEN, open), left = (uint32_t)result - RESULTS;
    while (left) { /* a host that is short of buffer takes a part */
        uint32_t write[] = {handle, (uint32_t)result - left, left};
        left = (uint32_t)semihost(SYS_WRITE, write);
    }
    return 0;
}
