/* A kernel with the structures and names of RTEMS 6, which switches in Thread mode. SHIFT moves what follows it. */
#include "ports.h"

#include "rtems_types.h"

struct { Per_CPU_Control per_cpu; } _Per_CPU_Information[1];
uint32_t _System_state_Current;
const char _Thread_queue_Object_name[] = "";

static Thread_Control threads[THREADS];
static Objects_Control *tasks[4], *posix[2], *internal[1];
Thread_Information _RTEMS_tasks_Information = { .Objects = { .maximum_id = 0x0A010004, .local_table = tasks } };
Thread_Information _POSIX_Threads_Information = { .Objects = { .maximum_id = 0x0B010002, .local_table = posix } };
Thread_Information _Thread_Information = { .Objects = { .maximum_id = 0x09010001, .local_table = internal } };
static Thread_queue_Object samples = { .Object = { .id = 0x1A010007 } };
static Thread_queue_Queue lock = { .owner = &threads[0], .name = "lock" };
uint32_t stacks[THREADS][128], interrupt_stack[64];

__attribute__((noinline)) void _Thread_Do_dispatch(Per_CPU_Control *cpu, uint32_t level)
{
    (void)level;
    Thread_Control *executing = cpu->executing;
    cpu->heir = &threads[next_turn()];
    cpu->executing = cpu->heir;
    _CPU_Context_switch(&executing->Registers, &cpu->heir->Registers);
}

static void yield(void) { _Thread_Do_dispatch(&_Per_CPU_Information[0].per_cpu, 1); }

__attribute__((noinline)) static void block(uint32_t state, Thread_queue_Queue *queue)
{
    Thread_Control *self = _Per_CPU_Information[0].per_cpu.executing;
    self->current_state = state;
    self->Wait.queue = queue;
    is_blocked[turn] = 1;
    yield();
}

static void sensor(void) { for (;;) yield(); }
static void logger(void) { block(0x10, &samples.Wait_queue.Queue); }
#ifdef __ARM_FP
static void sleeper(void) { __asm__ volatile("vmov.f32 s20, #2.5" ::: "s20"); block(0x100, NULL); }
#else
static void sleeper(void) { block(0x100, NULL); }
#endif
static void wanter(void) { block(1, &lock); }
static void halted(void) { block(0x8000, NULL); }
static void idle(void) { for (;;) yield(); }

static void create(uint32_t number, Objects_Control **place, uint32_t id, uint32_t priority, void (*run)(void))
{
    Thread_Control *thread = &threads[number];
    for (uint32_t i = 0; i < 128; i++)
        stacks[number][i] = 0xA5A5A5A5;
    thread->Object.id = id;
    thread->Real_priority.priority = priority << 1 | 1;
    thread->Start.Initial_stack.size = 512;
    thread->Start.Initial_stack.area = stacks[number];
    thread->Registers.register_lr = (void *)((uint32_t)run | 1);
    thread->Registers.register_sp = stacks[number] + 128;
    thread->Registers.register_r7 = 0x07070707;
    *place = &thread->Object;
}

int main(void)
{
    samples.Wait_queue.Queue.name = _Thread_queue_Object_name;
    create(0, &tasks[0], 0x0A010001, 5, sensor);
    threads[0].Object.name.name_u32 = 'S' << 24 | 'E' << 16 | 'N' << 8 | ' ';
    create(1, &tasks[2], 0x0A010003, 3, logger);
    threads[1].Object.name.name_u32 = 'L' << 24 | 'O' << 16 | 'G' << 8 | 'R';
    threads[1].Join_queue.Queue.name = "logger";
    create(2, &posix[0], 0x0B010001, 100, sleeper);
    create(3, &posix[1], 0x0B010002, 101, wanter);
    threads[3].Join_queue.Queue.name = "wanter";
    create(4, &tasks[3], 0x0A010004, 9, halted);
    threads[4].Object.name.name_u32 = 'H' << 24 | 'A' << 16 | 'L' << 8 | 'T';
    create(5, &internal[0], 0x09010001, 255, idle);
    threads[5].Object.name.name_u32 = 'I' << 24 | 'D' << 16 | 'L' << 8 | 'E';
    threads[5].is_idle = true;
    _Per_CPU_Information[0].per_cpu.interrupt_stack_low = interrupt_stack;
    _Per_CPU_Information[0].per_cpu.interrupt_stack_high = interrupt_stack + 64;
    _Per_CPU_Information[0].per_cpu.executing = _Per_CPU_Information[0].per_cpu.heir = &threads[0];
    _System_state_Current = 2;
    __asm__ volatile("msr psp, %0\n\t mov r0, #2\n\t msr control, r0\n\t isb" ::"r"(stacks[0] + 128) : "r0", "memory");
    sensor();
    return 0;
}
