/* The end of RTEMS 6 by its names: a thread's function that returns, or with STATUS a shutdown. Both reset. */
#include "ports.h"

#include "rtems_types.h"

#define AIRCR (*(volatile uint32_t *)0xE000ED0C)

struct { Per_CPU_Control per_cpu; } _Per_CPU_Information[1];
uint32_t _System_state_Current;
static Thread_Control threads[1];
static Objects_Control *tasks[1] = { &threads[0].Object };
Thread_Information _RTEMS_tasks_Information = { .Objects = { .maximum_id = 0x0A010001, .local_table = tasks } };
static uint32_t stack[128];
static volatile uint32_t done;

__attribute__((noinline)) void _Thread_Do_dispatch(Per_CPU_Control *cpu, uint32_t level)
{
    _CPU_Context_switch(&cpu->executing->Registers, &cpu->heir->Registers);
    (void)level;
}

__attribute__((noinline)) void _Terminate(uint32_t source, uint32_t code)
{
    done = source + code;
    AIRCR = 0x05FA0004;
    for (;;) {
    }
}

__attribute__((noinline)) void _Internal_error(uint32_t code) { _Terminate(0, code); }
__attribute__((noinline)) void _User_extensions_Iterate(void) { done = 2; }

__attribute__((noinline)) static void work(void)
{
    done = 1;
#ifdef STATUS
    _Terminate(5, STATUS);
#endif
}

__attribute__((noinline)) void _Thread_Handler(void)
{
    work();
    _User_extensions_Iterate();
    _Internal_error(5);
}

int main(void)
{
    threads[0].Object.id = 0x0A010001;
    threads[0].Object.name.name_u32 = 'W' << 24 | 'O' << 16 | 'R' << 8 | 'K';
    threads[0].Start.Initial_stack.size = sizeof stack;
    threads[0].Start.Initial_stack.area = stack;
    _Per_CPU_Information[0].per_cpu.executing = _Per_CPU_Information[0].per_cpu.heir = &threads[0];
    _System_state_Current = 2;
    __asm__ volatile("msr psp, %0\n\t mov r0, #2\n\t msr control, r0\n\t isb" ::"r"(stack + 128) : "r0", "memory");
    _Thread_Handler();
    return 0;
}
