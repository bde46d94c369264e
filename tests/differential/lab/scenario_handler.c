/* Every handler: writes down what it sees, makes the faulting code go on, does its actions. */
#include "scenario.h"
#include "console.h"
#include "faults.h"

#define STACKING 0x1010u  /* STKERR, MSTKERR */
#define UNSTACKING 0x0808u
#define LAZY 0x2020u
#define INVSTATE 0x00020000u
#define INVPC 0x00040000u
#define NOCP 0x00080000u
#define FETCHING 0x0101u  /* IBUSERR, IACCVIOL */
#define STEPPED_OVER 0x030B8282u

static unsigned context_of(uint32_t exception)
{
    static const uint8_t contexts[] = {0, 0, 1, 2, 3, 4, 5, 0, 0, 0, 0, 6, 0, 0, 7, 8};
    return exception < 16 ? contexts[exception] : exception - 16 + 9 < CONTEXTS ? exception - 16 + 9 : 0;
}

static uint32_t width_at(uint32_t pc) { return *(const volatile uint16_t *)pc >= 0xE800 ? 4 : 2; }

static int is_code(uint32_t pc) { return pc >= 0x100 && pc < 0x8000; }

static int is_finish(uint32_t pc) { return is_code(pc) && *(volatile uint16_t *)pc == (0xDF00 | FINISH_SVC); }

/* A frame that is lost is replaced by one that begins Thread mode again. Returns the EXC_RETURN for it. */
static uint32_t restart_thread(void)
{
    uint32_t *frame = (uint32_t *)(THREAD_STACK - 0x100);
    for (unsigned i = 0; i < 8; i++)
        frame[i] = i;
    frame[6] = (uint32_t)thread_entry & ~1u;
    frame[7] = 0x01000000;
    WRITE_SPECIAL(psp, (uint32_t)frame);
    play.frame_lost = 1;
    FPU_FPCCR &= ~1u;
    return 0xFFFFFFFD;
}

/* Make the faulting code go on: step over the instruction, or mend what an action spoilt. Returns EXC_RETURN. */
static uint32_t mend(uint32_t cfsr, uint32_t *frame, uint32_t exc_return)
{
    if (cfsr & LAZY)
        FPU_FPCCR &= ~1u; /* give the lazy save up */
    if (cfsr & INVPC) {
        if (play.spoilt_ipsr)
            frame[7] = (frame[7] & ~0x1FFu) | (play.spoilt_ipsr & 0xFF);
        play.spoilt_ipsr = 0;
        return play.honest;
    }
    if (cfsr & NOCP) {
        SCB_CPACR = 0xF00000;
        play.frame_lost = 1; /* of its FP part, when it was the stacking that failed */
        if (SCB_CPACR)
            return exc_return;
    }
    if (cfsr & INVSTATE) {
        frame[7] |= 0x01000000;
        if (frame[6] == ((uint32_t)do_undefined & ~1u))
            frame[6] = frame[5] & ~1u; /* NO_T_JUMP; otherwise FRAME_T */
    } else if (cfsr & FETCHING) {
        frame[6] = frame[5] & ~1u; /* back to the caller */
    } else if (is_code(frame[6])) {
        if (cfsr & STEPPED_OVER)
            frame[6] += width_at(frame[6]);
        else if (!cfsr && *(const volatile uint8_t *)(frame[6] + 1) == 0xDF)
            frame[6] += 2; /* an SVC that escalated */
    }
    return exc_return;
}

static void record_entry(uint32_t exception, uint32_t *msp, uint32_t exc_return, const uint32_t *frame, uint32_t cfsr)
{
    /* Not on the stack, where what is known to differ could become part of a frame. No exception nests in itself. */
    static uint32_t records[CONTEXTS][20];
    uint32_t *words = records[context_of(exception)]; /* WORD_NAMES in scenario_player.py */
    words[0] = 0xE0000000 | exception;
    words[1] = exc_return;
    words[2] = (uint32_t)msp;
    words[3] = READ_SPECIAL(psp);
    words[4] = SCB_ICSR & 0xFF7FFFFF;
    words[5] = SCB_SHCSR;
    words[6] = cfsr;
    words[7] = SCB_HFSR;
    words[8] = cfsr & 0x80 ? SCB_MMFAR : 0;
    words[9] = cfsr & 0x8000 ? SCB_BFAR : 0;
    words[10] = READ_SPECIAL(primask) | READ_SPECIAL(faultmask) << 4 | READ_SPECIAL(basepri) << 8;
    words[11] = READ_SPECIAL(control);
    words[12] = frame ? frame[5] : 0;
    words[13] = frame ? frame[6] : 0;
    words[14] = frame ? frame[7] : 0;
    words[15] = FPU_FPCCR;
    words[16] = FPU_FPCCR & 1 ? FPU_FPCAR : 0;
    words[17] = NVIC_ISPR0;
    words[18] = NVIC_IABR0;
    words[19] = SCB_CCR;
    emit(words, 20);
}

/* Whether there is a frame at PSP that can be looked at: actions move PSP to where nothing is. */
static int is_stack(uint32_t psp)
{
    return psp - HOLE_BASE >= 0x400 && psp < NOWHERE && psp >= 0x20000000;
}

static int is_faulty_exit(uint32_t cfsr, uint32_t exc_return)
{
    uint32_t kind = exc_return & 0xF;
    return cfsr & INVPC || !(kind == 1 || kind == 9 || kind == 0xD);
}

/* The SVC that ends the scenario, as SVCall or escalated: the frame is made to return to scenario_done. */
static int is_finishing(uint32_t exception, uint32_t cfsr, uint32_t *frame)
{
    if (!frame)
        return 0;
    int taken = is_finish(frame[6] - 2);
    if (!((exception == 11 && taken) || (exception == 3 && !cfsr && (taken || is_finish(frame[6])))))
        return 0;
    WRITE_SPECIAL(control, READ_SPECIAL(control) & ~1u);
    frame[6] = (uint32_t)scenario_done & ~1u;
    return 1;
}

static uint32_t leave(uint32_t exception, uint32_t result)
{
    uint32_t words[] = {0xF0000000 | exception, result};
    emit(words, 2);
    return result;
}

/* What can be done about the fault while the MPU, that may deny the frame, is off. Returns EXC_RETURN. */
static uint32_t attend(uint32_t exception, uint32_t *msp, uint32_t exc_return, uint32_t cfsr, uint32_t **frame_out)
{
    uint32_t *frame = msp, right = is_faulty_exit(cfsr, exc_return) ? play.honest : exc_return;
    int lost = 0;
    if ((right & 0xF) == 0xD) {
        uint32_t psp = READ_SPECIAL(psp);
        lost = cfsr & (STACKING | UNSTACKING);
        frame = lost || !is_stack(psp) ? 0 : (uint32_t *)psp;
    }
    record_entry(exception, msp, exc_return, frame, cfsr);
    if (++play.entries > MOST_ENTRIES)
        finish(3);
    SCB_CFSR = cfsr;
    SCB_HFSR = SCB_HFSR;
    *frame_out = frame;
    if (lost)
        return restart_thread(); /* whoever sees it first: what was stacked of the frame is nobody's */
    if (is_finishing(exception, cfsr, frame))
        return 0;
    return exception >= 3 && exception <= 6 ? mend(cfsr, frame ? frame : msp, right) : right;
}

/* Called by every handler with its frame's MSP and EXC_RETURN; returns the EXC_RETURN to leave by. */
__attribute__((used)) uint32_t handle(uint32_t *msp, uint32_t exc_return)
{
    uint32_t exception = READ_SPECIAL(ipsr), cfsr = SCB_CFSR, mpu_ctrl = MPU_CTRL, *frame;
    int on_odd_stack = READ_SPECIAL(psp) - PROBES < ODD_STACK_END - PROBES;
    if (on_odd_stack)
        MPU_CTRL = 0;
    uint32_t result = attend(exception, msp, exc_return, cfsr, &frame);
    if (on_odd_stack)
        MPU_CTRL = mpu_ctrl;
    BARRIER();
    if (!result)
        return is_faulty_exit(cfsr, exc_return) ? play.honest : exc_return;
    uint32_t outer = play.leave_by; /* an interrupted handler's */
    play.leave_by = 0;
    run_list(context_of(exception), frame);
    play.honest = result;
    if (play.leave_by)
        result = play.leave_by;
    play.leave_by = outer;
    return leave(exception, result);
}
