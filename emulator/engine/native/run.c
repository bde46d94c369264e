/*
 * The run loop: the engine runs, and what it stops for is done here where that is plain. RunLoop.run(),
 * RunLoop.prepare() and Engine._run_once() are the reference; the function comes back to Python for everything else.
 */
#include "state.h"

static bool mpu_sleeps_at_negative_priority(const state *s)
{
    return (s->map.ctrl & (MPU_CTRL_ENABLE | MPU_CTRL_HFNMIENA)) == MPU_CTRL_ENABLE;
}

static bool has_fp_context(const state *s)
{
    return !s->fp_is_automatic || s->values[CONTROL] & CONTROL_FPCA;
}

static bool is_unprivileged(const state *s)
{
    return !(s->values[XPSR] & XPSR_IPSR) && s->values[CONTROL] & CONTROL_NPRIV;
}

/* Whether an FP instruction may execute now without any further duty. */
static bool fp_is_free(const state *s)
{
    bool privileged = !is_unprivileged(s);
    uint32_t access = s->cpacr >> 20 & 3; /* CPACR.CP10 */
    if (!(access == 3 || (access == 1 && privileged)) || s->fpccr & FPCCR_LSPACT)
        return false;
    return !s->fpdscr || has_fp_context(s);
}

/* What the block clock stops for, given the state the core is in now. What a block is stopped in front of in its middle
 * is as it was where it began. */
static void prepare(state *s)
{
    s->after = KIND_OPEN_IT | KIND_SP_AT_END | KIND_WRITES_CONTROL;
    if (is_anything_pending(s) || is_unprivileged(s))
        s->after |= KIND_MASKS; /* something waits for a mask to fall; or the instruction does nothing */
    if (mpu_sleeps_at_negative_priority(s))
        s->after |= KIND_FAULTMASK;
    if (s->has_fpu && ((s->cpacr >> 20 & 3) == 1 || !(s->fpccr & FPCCR_ASPEN)))
        s->after |= KIND_MASKS; /* the rights of FP instructions follow CONTROL.nPRIV, FPCA only what is written to it */
    if (s->within_block)
        return;
    s->before = KIND_COPROCESSOR | KIND_FP | s->absent;
    if (!s->has_fpu)
        return;
    s->fp_is_automatic = (s->fpccr & FPCCR_ASPEN) != 0;
    if (fp_is_free(s))
        s->before = KIND_COPROCESSOR | s->absent | (has_fp_context(s) ? 0 : KIND_LATER_FP);
}

/* Count the block that the engine has left at its end. */
static void settle(state *s)
{
    s->executed += s->current_count;
    if (s->current) {
        s->previous = (uintptr_t)s->current;
        s->ignored |= s->unprivileged && s->current_kinds & KIND_MASKS;
    }
    s->current_count = s->current_kinds = 0;
    s->current = NULL;
}

static uint32_t run_engine(state *s)
{
    find_core(s);
    if (s->takes_exceptions)
        prepare(s);
    store_registers(s);
    s->stopped = s->cause = ASK_PYTHON;
    s->approved_high = 0;
    forget_steady(s);
    s->current_kinds = s->within_block ? s->current_kinds & KIND_ASKED : 0;
    s->after |= s->current_kinds;
    if (s->values[XPSR] & XPSR_IT)
        s->current_kinds |= KIND_OPEN_IT;
    s->unprivileged = is_unprivileged(s);
    s->privileged = !s->unprivileged;
    s->status = s->start(s->uc, s->values[PC] | 1, 0, 0, 0);
    if (!s->cause || s->status)
        return ASK_PYTHON;
    load_registers(s);
    settle(s);
    return s->cause;
}

/* Whether the SVC that was executed is the personality's trap. */
static bool is_trap(const state *s)
{
    const uint8_t *code = memory_at(s, (uint32_t)s->values[PC] - 2);
    return !s->takes_svc && code && code[0] == s->trap_immediate;
}

/* Do what the engine stopped for; false when that is Python's. */
static bool dispatch(state *s, uint32_t cause)
{
    if (s->ignored || !can_note(s, 2)) /* the report is to mention it; stores may have filled the ring */
        return false;
    if (cause == CAUSE_SVC)
        return s->takes_svc && take_svc(s);
    if (cause == CAUSE_EXC_RETURN)
        return return_from_exception(s);
    return cause == CAUSE_BOUNDARY;
}

/* Take what pends, if it preempts; false when only Python can. */
static bool take_pending(state *s)
{
    s->declined = is_anything_pending(s) && preempts(s, most_urgent_pending(s), execution_priority(s)) &&
                  !take_exception(s);
    return !s->declined;
}

/* Whether the map that is in force is that of a priority of the other sign. */
static bool has_wrong_map(const state *s)
{
    return s->map.negative != (mpu_sleeps_at_negative_priority(s) && execution_priority(s) < 0);
}

/* A block of the program begins: it is fetched as rights are now. */
static void release_fetches(state *s)
{
    s->fetch_held = 0;
    s->control(s->uc, s->tlb_flush);
}

/* Run from ``values`` until only Python knows how to go on; returns the CAUSE_ of that. */
uint32_t run(state *s, trap_call trap, void *context)
{
    bool within_block = s->within_block;
    for (;; within_block = s->within_block = false) {
        if (s->thread_due && !follow_thread(s))
            return CAUSE_BOUNDARY;
        if (s->takes_exceptions && !within_block && (!can_note(s, 2) || has_wrong_map(s) || !take_pending(s)))
            return CAUSE_BOUNDARY;
        if (!(s->values[XPSR] & XPSR_T))
            return CAUSE_BOUNDARY;
        if (s->fetch_held && !within_block)
            release_fetches(s);
        uint32_t cause = run_engine(s);
        if (cause != CAUSE_BOUNDARY)
            s->within_block = false;
        if (!s->takes_exceptions)
            return cause;
        if (cause == CAUSE_SVC && !s->ignored && is_trap(s)) {
            enum trap_answer answer = trap(s, context);
            if (answer != TRAP_DONE)
                return answer == TRAP_FAILED ? ASK_PYTHON : CAUSE_BOUNDARY;
        } else if (!dispatch(s, cause)) {
            return cause;
        }
        if (s->executed >= s->limit)
            return CAUSE_BOUNDARY;
    }
}
