/* What the actions of a scenario do. */
#include "scenario.h"
#include "faults.h"

#define PROBE_CODE 0x4770u /* bx lr */

static int is_odd(const uint32_t *frame) { return (uint32_t)frame - PROBES < ODD_STACK_END - PROBES; }

static void use_stack(uint32_t place)
{
    if (READ_SPECIAL(control) & 2)
        do_stack_fault(place & ~1u, place & 1 ? &SCB_ICSR : 0);
}

static void check_fp(void)
{
    uint32_t in_handler = READ_SPECIAL(ipsr);
    if (!in_handler && READ_SPECIAL(control) & 1)
        return; /* semihosting is for privileged code */
    uint32_t seen[4] = {0xFC000000};
    do_fp_check(seen + 1);
    if (in_handler || play.frame_lost)
        seen[1] = seen[2] = 0; /* stacking leaves S0 to S15 and FPSCR UNKNOWN */
    emit(seen, 4);
}

/* To frames that begin Thread mode again, or to where there is nothing. An earlier Thread mode may have run there. */
static void move_psp(uint32_t place)
{
    uint32_t mpu_ctrl = MPU_CTRL;
    if (place - RESTARTS < 0x400 && READ_SPECIAL(ipsr)) {
        MPU_CTRL = 0;
        BARRIER();
        fill_with_restarts(RESTARTS);
        MPU_CTRL = mpu_ctrl;
    }
    WRITE_SPECIAL(psp, place);
}

/* The lazy save that is due goes elsewhere, and the frame that is unstacked was never written. */
static void move_fpcar(uint32_t place)
{
    FPU_FPCAR = place;
    play.frame_lost = 1;
}

static void spoil_ipsr(uint32_t *frame, uint32_t ipsr)
{
    play.spoilt_ipsr = 0x100 | (frame[7] & 0x1FF);
    frame[7] = (frame[7] & ~0x1FFu) | ipsr;
}

static void perform_fault(const struct action *action)
{
    uint32_t value = action->value;
    switch (action->operation) {
    case UNDEFINED: do_undefined(); break;
    case BAD_LOAD: do_load(NOWHERE + value); break;
    case BAD_STORE: do_store(NOWHERE + value, value); break;
    case DENIED_LOAD: do_load(HOLE_BASE + value); break;
    case UNALIGNED: do_unaligned(THREAD_STACK + 2); break;
    case DIVIDE: do_divide(value); break;
    case BAD_JUMP: do_jump(value); break;
    case NO_T_JUMP: do_jump((uint32_t)do_undefined & ~1u); break;
    case PROBE_LOAD: do_load(value); break;
    case PROBE_STORE: do_store(value, value << 16 | PROBE_CODE); break;
    case PROBE_JUMP: do_jump(value | 1); break;
    }
}

static void perform_on_frame(const struct action *action, uint32_t *frame)
{
    if (is_odd(frame))
        return; /* the MPU may deny it */
    if (action->operation == FRAME_T && !(frame[6] & 2)) /* */
        frame[7] &= ~0x01000000u;
    if (action->operation == FRAME_IPSR)
        spoil_ipsr(frame, action->value);
}

static void perform_in_thread(const struct action *action)
{
    if (action->operation == UNPRIVILEGE)
        WRITE_SPECIAL(control, READ_SPECIAL(control) | 1);
    if (action->operation == STACK_FAULT)
        use_stack(action->value);
}

void perform(const struct action *action, uint32_t *frame)
{
    uint32_t value = action->value, argument = action->argument;
    switch (action->operation) {
    case PEND: NVIC_ISPR0 = 1u << argument; break;
    case UNPEND: NVIC_ICPR0 = 1u << argument; break;
    case TRIGGER: NVIC_STIR = argument; break;
    case SET_PENDSV: SCB_ICSR = value; break; /* PENDSVSET, PENDSVCLR */
    case SYSTICK: SCB_ICSR = value ? 1u << 26 : 1u << 25; break;
    case SET_NMI: SCB_ICSR = 1u << 31; break;
    case DO_SVC: do_svc(); break;
    case PRIMASK: WRITE_SPECIAL(primask, value); break;
    case FAULTMASK: WRITE_SPECIAL(faultmask, value); break;
    case BASEPRI: WRITE_SPECIAL(basepri, value); break;
    case BASEPRI_MAX: WRITE_SPECIAL(basepri_max, value); break;
    case PRIORITY: set_priority(argument, (uint8_t)value); break;
    case ENABLE: NVIC_ISER0 = value; break;
    case DISABLE: NVIC_ICER0 = value; break;
    case HANDLERS: SCB_SHCSR = (SCB_SHCSR & ~0x70000u) | value; break;
    case PEND_FAULT: SCB_SHCSR |= value; break; /* SVCALLPENDED, ... */
    case ACTIVE: SCB_SHCSR &= ~value; break;
    case CCR: SCB_CCR = value; break;
    case CPACR: SCB_CPACR = value; break;
    case MPU_ON: MPU_CTRL = value; break;
    case REGION: set_region((PROBES + action->place * 32u) | 0x10 | argument, value); break;
    case FP_USE: do_fp(value); break;
    case FP_CHECK: check_fp(); break;
    case CONFIGURE_FP: FPU_FPCCR = (FPU_FPCCR & 0x3FFFFFFF) | value; break;
    case MOVE_FPCAR: move_fpcar(value); break;
    case LEAVE_BY: play.leave_by = value; break;
    case EVENT: __asm__ volatile("sev\n\twfe"); break;
    case MOVE_PSP:
        if (frame || !(READ_SPECIAL(control) & 2))
            move_psp(value);
        break;
    case FRAME_T:
    case FRAME_IPSR:
        if (frame)
            perform_on_frame(action, frame);
        break;
    case UNPRIVILEGE:
    case STACK_FAULT:
        if (!frame)
            perform_in_thread(action);
        break;
    default: perform_fault(action);
    }
    BARRIER();
}
