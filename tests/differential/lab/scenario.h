/* What the scenario program and scenario.py agree on. */
#define THREAD_STACK 0x20081000    /* initial PSP; below it 1 KiB of stack, below that the hole */
#define HOLE_BASE 0x20080800       /* 1 KiB that the MPU denies in scenarios that use it */
#define NOWHERE 0x60000400         /* no memory */
#define PROBES 0x20082000          /* 1 KiB that is loaded, stored and executed under the scenario's regions */
#define RESTARTS 0x20082400        /* 1 KiB of frames that begin Thread mode again, for PSPs that an action moves */
#define ODD_STACK 0x20082800       /* 2 KiB of stack under the scenario's regions */
#define ODD_STACK_END 0x20083000
#define FINISH_SVC 0x63
#define FIRST_SCENARIO 0x200C0000  /* a word, set by whoever starts the program: where to begin */

#ifndef __ASSEMBLER__
#include <stdint.h>

enum {
    YIELD, PEND, UNPEND, SET_PENDSV, SET_NMI, DO_SVC, PRIMASK, FAULTMASK, BASEPRI, BASEPRI_MAX, PRIORITY, ENABLE,
    DISABLE, HANDLERS, UNDEFINED, BAD_LOAD, BAD_STORE, DENIED_LOAD, UNALIGNED, DIVIDE, BAD_JUMP, NO_T_JUMP, FP_USE,
    FP_CHECK, MOVE_PSP, LEAVE_BY, FRAME_T, FRAME_IPSR, ACTIVE, CCR, UNPRIVILEGE, STACK_FAULT, MPU_ON, TRIGGER,
    PEND_FAULT, CONFIGURE_FP, SYSTICK, EVENT, MOVE_FPCAR, REGION, PROBE_LOAD, PROBE_STORE, PROBE_JUMP, CPACR, NOTHING,
};

struct action { uint8_t operation, argument; uint16_t place; uint32_t value; };

enum { CONTEXTS = 14, ACTIONS = 8, REGIONS = 4, MOST_ENTRIES = 60 };

struct scenario {
    uint32_t aircr, shcsr, ccr, mpu_ctrl, fpccr, fpdscr, control, psp, enabled;
    uint8_t priorities[12]; /* MemManage, BusFault, UsageFault, SVCall, PendSV, SysTick, IRQ0 to IRQ5 */
    struct { uint32_t rbar, rasr; } regions[REGIONS];
    struct action actions[CONTEXTS][ACTIONS];
};

/* What the scenario that is played remembers. */
struct play {
    const struct scenario *scenario;
    uint32_t cursor[CONTEXTS]; /* the next action of each list */
    uint32_t entries;          /* exceptions taken */
    uint32_t spoilt_ipsr;      /* 0x100 and the IPSR that FRAME_IPSR replaced, 0 when it did not */
    uint32_t frame_lost;       /* a frame was lost: the FP registers hold nothing known */
    uint32_t leave_by;         /* what the handler that is running shall leave by, 0 for what is right */
    uint32_t honest;           /* what the handler that left last should have left by */
};
extern struct play play;

/* scenario.c */
void emit(const uint32_t *words, uint32_t count);
void run_list(unsigned context, uint32_t *frame);
void set_priority(unsigned index, uint8_t priority);
void fill_with_restarts(uint32_t address);
void set_region(uint32_t rbar, uint32_t rasr);

/* scenario_actions.c: frame is that of the handler, 0 in Thread mode and where it is lost. */
void perform(const struct action *action, uint32_t *frame);

/* scenario.S */
void start(uint32_t psp, uint32_t control), thread_entry(void), scenario_done(void);
void do_svc(void), do_undefined(void), do_load(uint32_t address), do_store(uint32_t address, uint32_t value);
void do_unaligned(uint32_t address), do_divide(uint32_t dividend), do_jump(uint32_t address);
void do_stack_fault(uint32_t psp, volatile uint32_t *icsr);
void reset_fp(void), do_fp(uint32_t single), do_fp_check(uint32_t *seen);
#endif
