/* Plays scenarios of exceptions. Each context (Thread mode, each handler) has a list of actions and does the next ones
   when it runs, up to a YIELD; what every entry and exit sees is written to the console at once, as words.

   A scenario that leaves the core other than it found it ends the program with exit code 2, and one that does not come
   to an end with 3: then, as after a lockup, the next scenario is begun in a fresh run (FIRST_SCENARIO). */
#include "scenario.h"
#include "console.h"
#include "faults.h"

extern const uint32_t scenario_count;
extern const struct scenario scenarios[];

uint32_t saved_sp;
struct play play;
static uint32_t handle_of_console;

static void write_words(const uint32_t *words, uint32_t count)
{
    uint32_t request[] = {handle_of_console, (uint32_t)words, count * 4};
    semihost(SYS_WRITE, request);
}

/* On the odd stack without the MPU: QEMU's semihosting asks it about the first byte of each 1 KiB page it reads. */
void emit(const uint32_t *words, uint32_t count)
{
    uint32_t mpu_ctrl = MPU_CTRL;
    int on_odd_stack = (uint32_t)__builtin_frame_address(0) - PROBES < ODD_STACK_END - PROBES;
    if (on_odd_stack)
        MPU_CTRL = 0;
    write_words(words, count);
    if (on_odd_stack)
        MPU_CTRL = mpu_ctrl;
    BARRIER();
}

void set_priority(unsigned index, uint8_t priority)
{
    static const uint8_t shpr[] = {0, 1, 2, 7, 10, 11}; /* byte of SHPR1-3 */
    if (index < 6)
        *(volatile uint8_t *)(0xE000ED18 + shpr[index]) = priority;
    else
        NVIC_IPR(index - 6) = priority;
}

void set_region(uint32_t rbar, uint32_t rasr)
{
    MPU_RBAR = rbar;
    MPU_RASR = rasr;
}

void run_list(unsigned context, uint32_t *frame)
{
    while (play.cursor[context] < ACTIONS) {
        const struct action *action = &play.scenario->actions[context][play.cursor[context]++];
        if (action->operation == YIELD || play.entries > MOST_ENTRIES / 2)
            return;
        perform(action, frame);
    }
}

/* Thread mode: every action; a YIELD there is skipped. */
__attribute__((used)) void thread(void)
{
    while (play.cursor[0] < ACTIONS && play.entries <= MOST_ENTRIES / 2)
        run_list(0, 0);
    WRITE_SPECIAL(faultmask, 0); /* the SVC that ends the scenario would be a lockup */
}

/* Frames that begin Thread mode again, whatever multiple of 32 PSP is moved to. */
void fill_with_restarts(uint32_t address)
{
    volatile uint32_t *words = (volatile uint32_t *)address;
    for (unsigned i = 0; i < 256; i++)
        words[i] = i % 8 == 6 ? (uint32_t)thread_entry & ~1u : i % 8 == 7 ? 0x01000000 : i;
}

/* Nothing that an earlier scenario left may become part of a frame. */
static void clear_stacks(void)
{
    uint32_t sp = (uint32_t)__builtin_frame_address(0) - 0x100;
    for (uint32_t address = sp - 0x1000; address < sp; address += 4)
        REGISTER(address) = 0;
    for (uint32_t address = THREAD_STACK - 0x400; address < THREAD_STACK; address += 4)
        REGISTER(address) = 0;
    for (uint32_t address = ODD_STACK; address < ODD_STACK_END; address += 4)
        REGISTER(address) = 0;
}

static void prepare_memory(void)
{
    clear_stacks();
    fill_with_restarts(HOLE_BASE);
    fill_with_restarts(RESTARTS);
    for (unsigned i = 0; i < 256; i++)
        ((volatile uint32_t *)PROBES)[i] = 0x47704770; /* bx lr */
}

static void prepare_mpu(void)
{
    set_region(0x10, RASR(32, 3, 0));
    set_region(HOLE_BASE | 0x17, RASR(10, 0, 1));
    set_region(0x40000015, RASR(29, 3, 1)); /* on QEMU, absent peripherals read as zero: nothing executes them */
    for (unsigned i = 0; i < REGIONS; i++)
        set_region(play.scenario->regions[i].rbar | 0x10 | (i + 1), play.scenario->regions[i].rasr);
}

static void prepare(const struct scenario *scenario)
{
    play.scenario = scenario;
    for (unsigned i = 0; i < CONTEXTS; i++)
        play.cursor[i] = 0;
    play.entries = play.spoilt_ipsr = play.frame_lost = play.leave_by = play.honest = 0;
    MPU_CTRL = 0;
    prepare_memory();
    prepare_mpu();
    SCB_CPACR = 0xF00000;
    BARRIER();
    if (SCB_CPACR)
        reset_fp();
    SCB_AIRCR = 0x05FA0000 | scenario->aircr;
    for (unsigned i = 0; i < 12; i++)
        set_priority(i, scenario->priorities[i]);
    SCB_CCR = scenario->ccr;
    SCB_SHCSR = scenario->shcsr;
    FPU_FPCCR = scenario->fpccr;
    FPU_FPDSCR = scenario->fpdscr;
    NVIC_ISER0 = scenario->enabled;
    MPU_CTRL = scenario->mpu_ctrl;
    BARRIER();
}

static uint32_t sum_of_probes(void)
{
    uint32_t sum = 0;
    for (unsigned i = 0; i < 256; i++)
        sum = sum * 31 + ((volatile uint32_t *)PROBES)[i];
    return sum;
}

/* Back to the state in which a scenario begins; 0 when that cannot be done. */
static int clean_up(void)
{
    MPU_CTRL = 0;
    NVIC_ICER0 = ~0u;
    NVIC_ICPR0 = ~0u;
    SCB_ICSR = 0x0A000000; /* PENDSVCLR, PENDSTCLR */
    SCB_SHCSR = 0;
    BARRIER();
    uint32_t unclean = NVIC_IABR0 | NVIC_ISPR0 | (SCB_SHCSR & 0xFFFF) | (SCB_ICSR & 0x80000000);
    WRITE_SPECIAL(faultmask, 0);
    WRITE_SPECIAL(basepri, 0);
    WRITE_SPECIAL(primask, 0);
    WRITE_SPECIAL(control, 0);
    SCB_CFSR = SCB_CFSR;
    SCB_HFSR = SCB_HFSR;
    FPU_FPCCR = 0xC0000000;
    uint32_t words[] = {0xDD000000, unclean, READ_SPECIAL(ipsr), sum_of_probes()};
    emit(words, 4);
    return !unclean && !words[2];
}

int main(void)
{
    static const uint32_t open[] = {(uint32_t)":tt", 4, 3};
    handle_of_console = (uint32_t)semihost(SYS_OPEN, open);
    for (uint32_t i = REGISTER(FIRST_SCENARIO); i < scenario_count; i++) {
        uint32_t words[] = {0xBB000000, i};
        emit(words, 2);
        prepare(&scenarios[i]);
        start(scenarios[i].psp, scenarios[i].control);
        if (!clean_up())
            return 2;
    }
    return 0;
}
