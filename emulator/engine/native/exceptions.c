/*
 * Exception entry and return, where nothing is out of the ordinary: the frame is in memory that the map grants, the
 * vector is in memory, and neither a fault nor a lockup is near. Every function here either does all of what its
 * counterpart in emulator/armv7m does, or changes nothing and answers false: then Python does it.
 */
#include "state.h"

#include <string.h>

#define THREAD_PRIORITY 256
#define FIRST_PLAIN EXCEPTION_SVCALL /* below it are reset, NMI and the faults: Python's, and so is DebugMonitor */
#define BASIC_FRAME 0x20u
#define EXTENDED_FRAME 0x68u
#define FP_WORDS 17
#define APSR UINT32_C(0xF80F0000)

static bool is_plain(int exception)
{
    return exception >= FIRST_PLAIN && exception != EXCEPTION_DEBUG_MONITOR;
}

static bool has_bit(const uint64_t *bits, int exception)
{
    return bits[exception / 64] >> exception % 64 & 1;
}

static void set_bit(uint64_t *bits, int exception)
{
    bits[exception / 64] |= UINT64_C(1) << exception % 64;
}

static void clear_bit(uint64_t *bits, int exception)
{
    bits[exception / 64] &= ~(UINT64_C(1) << exception % 64);
}

static int group_priority(const state *s, int priority)
{
    return priority < 0 ? priority : priority & s->group_mask;
}

bool is_anything_pending(const state *s)
{
    uint64_t any = 0;
    for (int word = 0; word < WORDS; word++)
        any |= s->pending[word] & s->enabled[word];
    return any != 0;
}

/* Exceptions.most_urgent_pending(); -1 for none. */
int most_urgent_pending(const state *s)
{
    int best = -1;
    for (int word = 0; word < WORDS; word++)
        for (uint64_t bits = s->pending[word] & s->enabled[word]; bits; bits &= bits - 1) {
            int exception = 64 * word + __builtin_ctzll(bits);
            if (best < 0 || s->priorities[exception] < s->priorities[best])
                best = exception;
        }
    return best;
}

/* ExecutionPriority(). [B1.5.4] */
int execution_priority(const state *s)
{
    int highest = THREAD_PRIORITY, boosted = THREAD_PRIORITY;
    for (int word = 0; word < WORDS; word++)
        for (uint64_t bits = s->active[word]; bits; bits &= bits - 1) {
            int priority = group_priority(s, s->priorities[64 * word + __builtin_ctzll(bits)]);
            highest = priority < highest ? priority : highest;
        }
    if (s->values[BASEPRI])
        boosted = (int)s->values[BASEPRI] & s->group_mask & 0xFF;
    if (s->values[PRIMASK] & 1)
        boosted = 0;
    if (s->values[FAULTMASK] & 1)
        boosted = -1;
    return boosted < highest ? boosted : highest;
}

bool preempts(const state *s, int exception, int priority)
{
    return group_priority(s, s->priorities[exception]) < priority;
}

/* Find the words of a frame; false when any of them may not be used so. */
static bool find_words(state *s, uint32_t address, int count, bool privileged, uint32_t right, bool in_handler,
                       uint8_t **words)
{
    for (int n = 0; n < count; n++) {
        words[n] = frame_memory(s, address + 4 * (uint32_t)n, privileged, right, in_handler);
        if (!words[n])
            return false;
    }
    return true;
}

static void store_word(uint8_t *place, uint64_t value)
{
    uint32_t word = (uint32_t)value; /* both sides are little-endian */
    memcpy(place, &word, 4);
}

static uint32_t load_word(const uint8_t *place)
{
    uint32_t word;
    memcpy(&word, place, 4);
    return word;
}

/* The vector of the exception that would be taken; NULL when that one is Python's. */
static const uint8_t *plain_vector(const state *s, int exception)
{
    return !is_plain(exception) || (exception == EXCEPTION_SVCALL && s->svc_left) ? NULL : memory_at(s, s->vtor + 4 * (uint32_t)exception);
}

/* ExceptionTaken() [B1.5.8], once its vector was found. */
static void exception_taken(state *s, int exception, const uint8_t *place, uint32_t exc_return)
{
    uint32_t vector = load_word(place), xpsr = (uint32_t)s->values[XPSR];
    s->values[LR] = exc_return;
    s->values[XPSR] = (xpsr & ~(XPSR_IT | XPSR_T | XPSR_IPSR)) | (uint32_t)exception | (vector & 1 ? XPSR_T : 0);
    s->values[CONTROL] &= ~(uint64_t)(CONTROL_FPCA | CONTROL_SPSEL);
    s->values[PC] = vector & ~1u;
    clear_bit(s->pending, exception);
    set_bit(s->active, exception);
    s->taken++;
    s->event = 1;
}

static bool is_ready(const state *s, int exception, int priority)
{
    return has_bit(s->enabled, exception) && preempts(s, exception, priority);
}

/* UpdateFPCCR(). [B1.5.7] */
static void update_fpccr(state *s, uint32_t frameptr, bool privileged)
{
    int priority = execution_priority(s);
    uint32_t fpccr = (s->fpccr & (FPCCR_ASPEN | FPCCR_LSPEN)) | FPCCR_LSPACT;
    fpccr |= privileged ? 0 : FPCCR_USER;
    fpccr |= s->values[XPSR] & XPSR_IPSR ? 0 : FPCCR_THREAD;
    fpccr |= priority > -1 ? FPCCR_HFRDY : 0;
    fpccr |= is_ready(s, EXCEPTION_BUS_FAULT, priority) ? FPCCR_BFRDY : 0;
    fpccr |= is_ready(s, EXCEPTION_MEM_MANAGE, priority) ? FPCCR_MMRDY : 0;
    fpccr |= s->demcr & DEMCR_MON_EN && preempts(s, EXCEPTION_DEBUG_MONITOR, priority) ? FPCCR_MONRDY : 0;
    s->fpccr = fpccr;
    s->fpcar = (frameptr + BASIC_FRAME) & ~7u;
}

/* ExceptionEntry() [B1.5.6] for the most urgent pending exception, which preempts. */
bool take_exception(state *s)
{
    uint64_t *v = s->values;
    int exception = most_urgent_pending(s);
    const uint8_t *vector = plain_vector(s, exception);
    bool handler = v[XPSR] & XPSR_IPSR;
    bool extended = s->has_fpu && v[CONTROL] & CONTROL_FPCA;
    if (!vector || (extended && !(s->fpccr & FPCCR_LSPEN)))
        return false;
    bool privileged = handler || !(v[CONTROL] & CONTROL_NPRIV);
    bool process = !handler && v[CONTROL] & CONTROL_SPSEL;
    uint32_t stack = (uint32_t)v[process ? PSP : MSP];
    uint32_t forcealign = extended || s->ccr & CCR_STKALIGN ? 1 : 0;
    uint32_t frameptr = (stack - (extended ? EXTENDED_FRAME : BASIC_FRAME)) & ~(forcealign << 2) & ~3u;
    uint64_t xpsr = (v[XPSR] & ~(uint64_t)XPSR_ALIGN) | (stack >> 2 & forcealign) << 9;
    uint64_t words[8] = {v[R0], v[1], v[2], v[3], v[R12], v[LR], v[PC] & ~UINT64_C(1), xpsr};
    uint8_t *places[8];
    if (!handler && leaves_own_stack(s, stack, frameptr)) /* Overlay.judge_frame() says so */
        return false;
    if (!find_words(s, frameptr, 8, privileged, RIGHT_WRITE, handler, places))
        return false;
    for (int n = 0; n < 8; n++)
        store_word(places[n], words[n]);
    if (extended)
        update_fpccr(s, frameptr, privileged);
    v[process ? PSP : MSP] = frameptr;
    uint32_t exc_return = handler ? 0xFFFFFFF1u : process ? 0xFFFFFFFDu : 0xFFFFFFF9u;
    exception_taken(s, exception, vector, extended ? exc_return & ~0x10u : exc_return);
    note(s, s->executed, NOTED_EXCEPTION, exception, (uint32_t)words[6], (uint32_t)v[LR]);
    s->monitor_lost = 1;
    s->previous = PREVIOUS_ENTRY;
    s->native_entries++;
    return true;
}

/* SVC: pend SVCall and take what is most urgent then. */
bool take_svc(state *s)
{
    bool was_pending = has_bit(s->pending, EXCEPTION_SVCALL);
    if (s->scr & SCR_SEVONPEND || !has_bit(s->enabled, EXCEPTION_SVCALL) || !preempts(s, EXCEPTION_SVCALL, execution_priority(s)))
        return false;
    set_bit(s->pending, EXCEPTION_SVCALL);
    if (take_exception(s))
        return true;
    if (!was_pending)
        clear_bit(s->pending, EXCEPTION_SVCALL);
    return false;
}

/* PopStack() [B1.5.8] of a frame whose words were found. */
static void pop_stack(state *s, uint8_t *const *words, uint32_t frameptr, bool process, bool extended)
{
    uint64_t *v = s->values;
    uint32_t psr = load_word(words[7]);
    if (s->has_fpu)
        v[CONTROL] = (v[CONTROL] & ~(uint64_t)CONTROL_FPCA) | (extended ? CONTROL_FPCA : 0);
    for (int n = 0; n < 4; n++)
        v[n] = load_word(words[n]);
    v[R12] = load_word(words[4]);
    v[LR] = load_word(words[5]);
    v[PC] = load_word(words[6]) & ~1u;
    uint32_t top = frameptr + (extended ? EXTENDED_FRAME : BASIC_FRAME);
    if (psr & XPSR_ALIGN && (extended || s->ccr & CCR_STKALIGN))
        top |= 4;
    v[process ? PSP : MSP] = top;
    v[XPSR] = psr & (APSR | XPSR_IT | XPSR_T | XPSR_IPSR);
}

/* Put S0 to S15 and FPSCR of an extended frame back, or find that the registers still hold them. */
static void restore_fp(state *s, uint8_t *const *words)
{
    if (s->fpccr & FPCCR_LSPACT) {
        s->fpccr &= ~FPCCR_LSPACT;
        return;
    }
    for (int n = 0; n < 8; n++)
        s->fp[n] = load_word(words[2 * n]) | (uint64_t)load_word(words[2 * n + 1]) << 32;
    s->fp[8] = load_word(words[16]);
    store_fp(s);
}

/* Whether EXC_RETURN passes the integrity checks for the return of an active exception. */
static bool is_valid_return(const state *s, uint32_t exc_return, int nested)
{
    uint32_t reserved = s->has_fpu ? 0x0FFFFFE0u : 0x0FFFFFF0u, kind = exc_return & 15;
    bool to_thread = kind == 9 || kind == 13;
    if ((exc_return & reserved) != reserved || !(kind == 1 || to_thread))
        return false;
    return !to_thread || nested == 1 || s->ccr & CCR_NONBASETHRDENA;
}

static int count_active(const state *s)
{
    int count = 0;
    for (int word = 0; word < WORDS; word++)
        count += __builtin_popcountll(s->active[word]);
    return count;
}

/* ExceptionReturn() [B1.5.8]: ``values`` has EXC_RETURN as PC, but for bit 0, which is xPSR.T. */
bool return_from_exception(state *s)
{
    uint64_t *v = s->values;
    uint32_t exc_return = (uint32_t)v[PC] | (uint32_t)(v[XPSR] >> 24 & 1);
    int returning = (int)(v[XPSR] & XPSR_IPSR);
    if (!is_plain(returning) || returning >= EXCEPTIONS || !has_bit(s->active, returning) ||
        has_bit(s->lines, returning) || !is_valid_return(s, exc_return, count_active(s)))
        return false;
    bool to_thread = (exc_return & 15) != 1, process = exc_return & 4, extended = s->has_fpu && !(exc_return & 0x10);
    if ((to_thread && s->scr & SCR_SLEEPONEXIT) || s->map.negative) /* unstacking is through the MPU again */
        return false;
    if (extended && (s->cpacr & CPACR_CP10) != CPACR_CP10) /* CheckVFPEnabled() */
        return false;
    uint64_t faultmask = v[FAULTMASK];
    clear_bit(s->active, returning); /* DeActivate(); undone when Python has to do it */
    v[FAULTMASK] = 0;
    int chained = most_urgent_pending(s);
    bool tail_chains = chained >= 0 && preempts(s, chained, execution_priority(s));
    const uint8_t *vector = tail_chains ? plain_vector(s, chained) : NULL;
    uint8_t *words[8 + FP_WORDS];
    uint32_t frameptr = (uint32_t)v[process ? PSP : MSP];
    bool privileged = !to_thread || !(v[CONTROL] & CONTROL_NPRIV);
    bool popped = !tail_chains && !(frameptr & 3) && find_words(s, frameptr, 8, privileged, RIGHT_READ, true, words);
    if (popped && extended && !(s->fpccr & FPCCR_LSPACT))
        popped = find_words(s, frameptr + BASIC_FRAME, FP_WORDS, privileged, RIGHT_READ, true, words + 8);
    if (popped)
        popped = to_thread == !(load_word(words[7]) & XPSR_IPSR); /* the stacked IPSR must fit the mode */
    if (tail_chains ? !vector : !popped) {
        set_bit(s->active, returning);
        v[FAULTMASK] = faultmask;
        return false;
    }
    v[XPSR] &= to_thread ? ~(uint64_t)XPSR_IPSR : ~UINT64_C(0);
    v[CONTROL] = (v[CONTROL] & ~(uint64_t)CONTROL_SPSEL) | ((exc_return & 15) == 13 ? CONTROL_SPSEL : 0);
    if (tail_chains) {
        exception_taken(s, chained, vector, exc_return);
        s->previous = PREVIOUS_ENTRY;
    } else {
        s->previous = PREVIOUS_RETURN;
        if (extended)
            restore_fp(s, words + 8);
        pop_stack(s, words, frameptr, process, extended);
        s->event = 1;
        s->thread_due = s->is_overlaid && to_thread;
    }
    note(s, s->executed, NOTED_RETURN, returning, (uint32_t)v[PC], 0);
    if (tail_chains)
        note(s, s->executed, NOTED_EXCEPTION, chained, NOTHING_STACKED, (uint32_t)v[LR]);
    s->monitor_lost = 1;
    s->native_returns++;
    return true;
}

/* PreserveFPState(): the lazy save. [B1.5.7] */
bool save_lazy_fp(state *s)
{
    uint8_t *words[FP_WORDS];
    bool privileged = !(s->fpccr & FPCCR_USER), negative = !(s->fpccr & FPCCR_HFRDY);
    if ((s->map.ctrl & (MPU_CTRL_ENABLE | MPU_CTRL_HFNMIENA)) == MPU_CTRL_ENABLE && (s->map.negative != 0) != negative) /* the MPU as it was when the frame was reserved */
        return false;
    if (!find_words(s, s->fpcar, FP_WORDS, privileged, RIGHT_WRITE, true, words) || !load_fp(s))
        return false;
    for (int n = 0; n < 8; n++) {
        store_word(words[2 * n], s->fp[n]);
        store_word(words[2 * n + 1], s->fp[n] >> 32);
    }
    store_word(words[16], s->fp[8]);
    s->fpccr &= ~FPCCR_LSPACT;
    return true;
}
