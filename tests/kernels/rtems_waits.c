/* A kernel with the structures and names of RTEMS 6, whose threads end up waiting: for a mutex of one who joins its
   owner, for one of a thread that has ended, and for events of which one was sent. */
#include "ports.h"

#include "rtems_types.h"

typedef struct { struct { uint32_t pending_events; } Event, System_event; } RTEMS_API_Control;

struct { Per_CPU_Control per_cpu; } _Per_CPU_Information[1];
uint32_t _System_state_Current;
const char _Thread_queue_Object_name[] = "";

static Thread_Control threads[THREADS];
static RTEMS_API_Control classic;
static Objects_Control *tasks[3], *posix[2], *internal[1];
Thread_Information _RTEMS_tasks_Information = { .Objects = { .maximum_id = 0x0A010003, .local_table = tasks } };
Thread_Information _POSIX_Threads_Information = { .Objects = { .maximum_id = 0x0B010002, .local_table = posix } };
Thread_Information _Thread_Information = { .Objects = { .maximum_id = 0x09010001, .local_table = internal } };
static Thread_queue_Object bus = { .Object = { .id = 0x1A010001, .name.name_u32 = 0x42555320 } };
static Thread_queue_Queue line;
static uint32_t stacks[THREADS][128], events_published;

__attribute__((noinline)) void _Thread_Do_dispatch(Per_CPU_Control *cpu, uint32_t level)
{
    (void)level;
    Thread_Control *executing = cpu->executing;
    cpu->heir = &threads[next_turn()];
    cpu->executing = cpu->heir;
    _CPU_Context_switch(&executing->Registers, &cpu->heir->Registers);
}

static Thread_Control *self(void) { return _Per_CPU_Information[0].per_cpu.executing; }

__attribute__((noinline)) static void block(uint32_t state, Thread_queue_Queue *queue)
{
    self()->current_state = state;
    self()->Wait.queue = queue;
    is_blocked[turn] = 1;
    _Thread_Do_dispatch(&_Per_CPU_Information[0].per_cpu, 1);
}

__attribute__((noinline)) static void take(Thread_queue_Queue *queue) { queue->owner = self(); }

__attribute__((noinline)) void rtems_event_receive(uint32_t wanted, uint32_t option)
{
    RTEMS_API_Control *own = self()->API_Extensions[0];
    if (own->Event.pending_events != wanted) {
        self()->Wait.count = wanted;
        self()->Wait.option = option;
        block(4, NULL);
    }
}

__attribute__((noinline)) void rtems_event_send(uint32_t id, uint32_t events)
{
    for (uint32_t i = 0; i < THREADS; i++)
        if (threads[i].Object.id == id)
            ((RTEMS_API_Control *)threads[i].API_Extensions[0])->Event.pending_events |= events;
}

__attribute__((noinline)) static void publish(uint32_t events)
{
    if (events)
        rtems_event_send(0x0A010003, events);
    events_published += 1;
}

static void boss(void)
{
    publish(SENT);
    take(&bus.Wait_queue.Queue);
    block(0x4000, &threads[3].Join_queue.Queue);
}

static void pump(void)
{
    take(&line);
    tasks[1] = NULL;
    block(0x40000000, NULL);
}

static void listener(void) { rtems_event_receive(6, OPTION); }
static void helper(void) { block(1, &bus.Wait_queue.Queue); }
static void drain(void) { block(1, &line); }
static void idle(void) { for (;;) __asm__ volatile("nop"); }

static void create(uint32_t number, Objects_Control **place, uint32_t id, uint32_t name, void (*run)(void))
{
    Thread_Control *thread = &threads[number];
    thread->Object.id = id;
    thread->Object.name.name_u32 = name;
    thread->Real_priority.priority = number << 1;
    thread->Start.Initial_stack.size = sizeof stacks[number];
    thread->Start.Initial_stack.area = stacks[number];
    thread->Start.Entry.Kinds.Pointer.entry = run;
    thread->Registers.register_lr = (void *)((uint32_t)run | 1);
    thread->Registers.register_sp = stacks[number] + 128;
    thread->API_Extensions[0] = &classic;
    *place = &thread->Object;
}

int main(void)
{
    bus.Wait_queue.Queue.name = _Thread_queue_Object_name;
    create(0, &tasks[0], 0x0A010001, 0x424F5353, boss);
    create(1, &tasks[1], 0x0A010002, 0x50554D50, pump);
    create(2, &tasks[2], 0x0A010003, 0x45564E54, listener);
    create(3, &posix[0], 0x0B010001, 0, helper);
    create(4, &posix[1], 0x0B010002, 0, drain);
    create(5, &internal[0], 0x09010001, 0x49444C45, idle);
    threads[5].is_idle = true;
    _Per_CPU_Information[0].per_cpu.executing = _Per_CPU_Information[0].per_cpu.heir = &threads[0];
    _System_state_Current = 2;
    __asm__ volatile("msr psp, %0\n\t mov r0, #2\n\t msr control, r0\n\t isb" ::"r"(stacks[0] + 128) : "r0", "memory");
    boss();
    return 0;
}
