/*
 * A kernel of four threads with RTEMS's structures and names, which hand the processor to each other in Thread mode:
 * WORK rounds of a loop over the own stack, YIELDS times. A tick interrupts them. The stacks stand side by side.
 * TOUCH: each thread also stores to the stack of the one that runs next, as one that wakes another does. EARLY: it does so
 * while that one is named already and its own stack is still in use; and the tick's handler reads every KiB of all stacks.
 */
#include "console.h"
#include "turns.h"
#include "../../kernels/ports.h"
#include "../../kernels/rtems_types.h"


struct { Per_CPU_Control per_cpu; } _Per_CPU_Information[1];
uint32_t _System_state_Current;
const char _Thread_queue_Object_name[] = "";
static Thread_Control threads[TURNS];
static Objects_Control *tasks[TURNS];
Thread_Information _RTEMS_tasks_Information = { .Objects = { .maximum_id = 0x0A010004, .local_table = tasks } };
static uint8_t stacks[TURNS][STACK_SIZE] __attribute__((aligned(1024)));
static volatile uint32_t sum, ended, ticks;

void SysTick_Handler(void)
{
    ticks++;
#ifdef EARLY
    for (uint32_t n = 0; n < sizeof stacks; n += 1024)
        sum += *(volatile uint32_t *)(stacks[0] + n);
#endif
}

#ifdef EARLY
__attribute__((noinline)) static void early(uint32_t heir)
{
    for (uint32_t n = 0; n < 20; n++)
        sum += n;
    *(volatile uint32_t *)stacks[heir] = sum;
}
#endif

__attribute__((noinline)) void _Thread_Do_dispatch(Per_CPU_Control *cpu, uint32_t level)
{
    Thread_Control *executing = cpu->executing;
    (void)level;
    cpu->heir = executing == &threads[TURNS - 1] ? &threads[0] : executing + 1;
    cpu->executing = cpu->heir;
#ifdef EARLY
    early(cpu->heir - threads);
#endif
    _CPU_Context_switch(&executing->Registers, &cpu->heir->Registers);
}

__attribute__((noinline)) static uint32_t work(uint32_t rounds)
{
    volatile uint32_t words[8];
    uint32_t total = 0;
    for (uint32_t n = 0; n < 8; n++)
        words[n] = n;
    for (uint32_t n = 0; n < rounds; n++) {
        words[n & 7] += n;
        total += words[(n + 3) & 7] * 5;
    }
    return total;
}

static void body(void)
{
    Per_CPU_Control *cpu = &_Per_CPU_Information[0].per_cpu;
    for (int n = 0; n < YIELDS; n++) {
        sum += work(WORK);
#ifdef TOUCH
        *(volatile uint32_t *)stacks[(cpu->executing - threads + 1) % TURNS] = sum;
#endif
        _Thread_Do_dispatch(cpu, 1);
    }
    if (++ended == TURNS) {
        print("%d yields, ticks %s\n", TURNS * YIELDS, ticks ? "seen" : "none");
        finish(0);
    }
    for (;;)
        _Thread_Do_dispatch(cpu, 1);
}

int main(void)
{
    for (uint32_t n = 0; n < TURNS; n++) {
        threads[n].Object.id = 0x0A010001 + n;
        threads[n].Object.name.name_u32 = 0x54303030 + n;
        threads[n].Start.Initial_stack.size = STACK_SIZE;
        threads[n].Start.Initial_stack.area = stacks[n];
        threads[n].Registers.register_lr = (void *)((uint32_t)body | 1);
        threads[n].Registers.register_sp = (void *)((uint32_t)(stacks[n] + STACK_SIZE) & ~7u);
        tasks[n] = &threads[n].Object;
    }
    _Per_CPU_Information[0].per_cpu.executing = &threads[TURNS - 1];
    _System_state_Current = 2;
    SYSTICK[1] = TICK - 1;
    SYSTICK[2] = 0;
    SYSTICK[0] = 7;
    __asm__ volatile("msr psp, %0\n\t mov r0, #2\n\t msr control, r0\n\t isb" ::"r"(threads[0].Registers.register_sp)
                     : "r0", "memory");
    _Per_CPU_Information[0].per_cpu.executing = &threads[0];
    body();
    return 1;
}
