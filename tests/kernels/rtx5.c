/* A kernel with the structures of RTX5: osRtxInfo and its threads. The context is that of Arm's own handlers. */
#define PORT 3
#include "ports.h"

#include <stddef.h>

#undef SAVE
#undef RESTORE
#ifdef __ARM_FP
#define SAVE "stmdb r0!, {r4-r11}\n\t tst lr, #16\n\t it eq\n\t vstmdbeq r0!, {s16-s31}\n\t ldr r3, =osRtxInfo+20\n\t" \
             "ldr r2, [r3]\n\t strb lr, [r2, #34]\n\t"
#define RESTORE "ldrb r1, [r2, #34]\n\t mvn lr, #255\n\t orr lr, r1\n\t tst lr, #16\n\t it eq\n\t vldmiaeq r0!, {s16-s31}\n\t" \
                "ldmia r0!, {r4-r11}\n\t"
#else
#define SAVE "stmdb r0!, {r4-r11}\n\t"
#define RESTORE "ldmia r0!, {r4-r11}\n\t"
#endif

typedef struct osRtxThread_s {
    uint8_t id, state, flags, attr;
    const char *name;
    struct osRtxThread_s *thread_next, *thread_prev, *delay_next, *delay_prev, *thread_join;
    uint32_t delay;
    int8_t priority, priority_base;
    uint8_t stack_frame, flags_options;
    uint32_t wait_flags, thread_flags;
    void *mutex_list, *stack_mem;
    uint32_t stack_size;
    uint32_t *sp;
    uint32_t thread_addr, tz_memory;
} osRtxThread_t;
typedef struct { uint8_t id, state, flags, attr; const char *name; osRtxThread_t *thread_list, *owner_thread; } object;

struct {
    const char *os_id;
    uint32_t version;
    struct { uint8_t state, blocked, pendSV, reserved; uint32_t tick; } kernel;
    int32_t tick_irqn;
    struct {
        struct { osRtxThread_t *curr, *next; } run;
        struct { uint8_t id, state, flags, attr; const char *name; osRtxThread_t *thread_list; } ready;
        osRtxThread_t *idle, *delay_list, *wait_list, *terminate_list;
    } thread;
} osRtxInfo = { .os_id = "RTX V5.5.4", .version = 50050004 };

static osRtxThread_t threads[THREADS];
#ifdef UP_TO_5_4 /* the numbers of kinds of objects are other ones since then */
enum { THREAD = 0x01, MUTEX = 0x04, MESSAGE_QUEUE = 0x08 };
#else
enum { THREAD = 0xF1, MUTEX = 0xF5, MESSAGE_QUEUE = 0xFA };
#endif
static object samples = { MESSAGE_QUEUE, 1, 0, 0, "samples", NULL, NULL };
static object lock = { MUTEX, 1, 0, 0, NULL, NULL, &threads[0] };
uint32_t stacks[THREADS][128];

__attribute__((used)) void choose(void) { osRtxInfo.thread.run.curr = &threads[next_turn()]; }

SWITCH_ON_STACK(osRtxInfo + 20, 56, choose)

static void wait_as(uint8_t state, object *what, osRtxThread_t **list)
{
    osRtxThread_t *self = osRtxInfo.thread.run.curr;
    self->state = state;
    if (what) {
        self->thread_prev = (osRtxThread_t *)what;
        self->thread_next = what->thread_list;
        if (what->thread_list)
            what->thread_list->thread_prev = self;
        what->thread_list = self;
    }
    self->delay_next = *list;
    *list = self;
    wait();
}

static void sensor(void *p) { (void)p; for (;;) request_switch(); }
static void logger(void *p) { (void)p; wait_as(0x83, &samples, &osRtxInfo.thread.wait_list); }
static void sleeper(void *p) { (void)p; USE_FPU(); wait_as(0x13, NULL, &osRtxInfo.thread.delay_list); }
static void wanter(void *p) { (void)p; wait_as(0x53, &lock, &osRtxInfo.thread.wait_list); }
static void second(void *p) { (void)p; wait_as(0x83, &samples, &osRtxInfo.thread.delay_list); }
static void idle(void *p) { (void)p; for (;;) request_switch(); }

static void create(uint32_t number, const char *name, int8_t priority, void (*run)(void *))
{
    osRtxThread_t *thread = &threads[number];
    uint32_t *stack = stacks[number];
    for (uint32_t i = 0; i < 128; i++)
        stack[i] = 0xCCCCCCCC;
    stack[0] = 0xE25A2EA5;
    thread->id = THREAD;
    thread->state = 1;
    thread->name = name;
    thread->priority = thread->priority_base = priority;
    thread->stack_frame = 0xFD;
    thread->stack_mem = stack;
    thread->stack_size = 512;
    thread->thread_addr = (uint32_t)run;
    uint32_t *top = first_context(stack + 128, run, NULL);
    for (uint32_t r = 11; r >= 4; r--) /* without EXC_RETURN */
        top[r - 3] = r * 0x01010101u;
    thread->sp = top + 1;
}

int main(void)
{
    create(0, "sensor", 24, sensor);
    create(1, "logger", 32, logger);
    create(2, "sleeper", 24, sleeper);
    create(3, NULL, -1, wanter);
    create(4, "second", 8, second);
    create(5, "idle", 1, idle);
    osRtxInfo.thread.idle = threads[0].thread_next = &threads[5];
    osRtxInfo.thread.ready.thread_list = &threads[0];
    osRtxInfo.thread.run.curr = &threads[0];
    osRtxInfo.kernel.state = 2;
    threads[5].stack_frame = 0xFD;
    begin();
    for (;;)
        ;
}
