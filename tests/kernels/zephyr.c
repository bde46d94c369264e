/* A kernel with the structures and names of Zephyr 3 and 4. TABLE: its table for debuggers; NO_MONITOR: no list of all
   threads; PENDED_LATER moves the state. */
#include "ports.h"

#include <stddef.h>

typedef struct { void *head, *tail; } _wait_q_t;
struct _thread_base {
    void *node[2];
    _wait_q_t *pended_on;
    uint16_t user_options;
    union { struct { int8_t prio; uint8_t sched_locked; }; uint16_t preempt; };
#ifdef PENDED_LATER
    int prio_deadline;
    uint32_t order_key;
#endif
    uint8_t thread_state;
    void *swap_data;
};
struct _callee_saved { uint32_t v1, v2, v3, v4, v5, v6, v7, v8, psp; };
struct _preempt_float { float s16[16]; };
struct _thread_arch {
    uint32_t basepri, swap_return_value;
#ifdef __ARM_FP
    struct _preempt_float preempt_float;
    union { uint32_t mode; struct { uint8_t mode_bits, mode_exc_return; uint16_t mode_reserved2; }; };
#endif
};
struct k_thread {
    struct _thread_base base;
    struct _callee_saved callee_saved;
    void *init_data;
    _wait_q_t join_queue;
    struct { void *entry, *parameter[3]; } entry;
#ifndef NO_MONITOR
    struct k_thread *next_thread;
#endif
    char name[12];
    struct { uintptr_t start; size_t size, delta; } stack_info;
    void *resource_pool;
    struct _thread_arch arch;
};
struct _cpu { uint32_t nested; char *irq_stack; struct k_thread *current; struct k_thread *idle_thread; };
struct z_kernel { struct _cpu cpus[1]; struct { void *cache; } ready_q;
#ifndef NO_MONITOR
    struct k_thread *threads;
#endif
};
struct z_kernel _kernel;

#ifdef TABLE
#ifdef __ARM_FP
#define FLOAT_AT offsetof(struct _thread_arch, preempt_float)
#define EXC_RETURN_AT offsetof(struct _thread_arch, mode_exc_return)
#else
#define FLOAT_AT 0xFFFFFFFF
#define EXC_RETURN_AT 0xFFFFFFFF
#endif
const size_t _kernel_thread_info_offsets[] = {
    1, offsetof(struct _cpu, current), offsetof(struct z_kernel, threads), offsetof(struct k_thread, entry),
    offsetof(struct k_thread, next_thread), offsetof(struct _thread_base, thread_state),
    offsetof(struct _thread_base, user_options), offsetof(struct _thread_base, prio),
    offsetof(struct k_thread, callee_saved.psp), offsetof(struct k_thread, name), offsetof(struct k_thread, arch),
    FLOAT_AT, 0xFFFFFFFF, EXC_RETURN_AT,
};
const size_t _kernel_thread_info_num_offsets = sizeof _kernel_thread_info_offsets / sizeof(size_t);
__attribute__((used)) const void *const keep[] = { _kernel_thread_info_offsets, &_kernel_thread_info_num_offsets };
#endif

static struct k_thread threads[THREADS - 1], z_idle_threads[1];
static struct k_thread *all[THREADS];
static struct { _wait_q_t wait_q; struct k_thread *owner; uint32_t lock_count; } lock;
static struct { _wait_q_t wait_q; uint32_t count, limit; } samples;
uint32_t sensor_stack[128], logger_stack[128], sleeper_stack[128], wanter_stack[128], later_stack[128];
uint32_t z_idle_stacks[128], z_interrupt_stacks[256];

__attribute__((used)) void choose(void) { _kernel.cpus[0].current = all[next_turn()]; }

/* R4-R11 and PSP are kept in the control block, from offset 28 or 36 on. */
#ifdef PENDED_LATER
#define SAVED "36"
#else
#define SAVED "28"
#endif
_Static_assert(offsetof(struct k_thread, callee_saved) == sizeof(struct _thread_base), "SAVED");
#ifdef __ARM_FP
#define FP_SAVE "tst lr, #16\n\t itt eq\n\t addeq r1, r2, %[fp]\n\t vstmiaeq r1, {s16-s31}\n\t strb lr, [r2, %[exc]]\n\t"
#define FP_RESTORE "ldrb r1, [r2, %[exc]]\n\t mvn lr, #255\n\t orr lr, r1\n\t tst lr, #16\n\t itt eq\n\t" \
                   "addeq r1, r2, %[fp]\n\t vldmiaeq r1, {s16-s31}\n\t"
#define PLACES [fp] "i"(offsetof(struct k_thread, arch.preempt_float)), [exc] "i"(offsetof(struct k_thread, arch.mode_exc_return)),
#else
#define FP_SAVE
#define FP_RESTORE
#define PLACES
#endif

__attribute__((naked)) void PendSV_Handler(void)
{
    __asm__ volatile("ldr r3, =_kernel+8\n\t ldr r2, [r3]\n\t" FP_SAVE
                     "add r0, r2, %[saved]\n\t stmia r0!, {r4-r11}\n\t mrs r1, psp\n\t str r1, [r0]\n\t"
                     "push {r3, lr}\n\t bl choose\n\t pop {r3, lr}\n\t ldr r2, [r3]\n\t" FP_RESTORE
                     "add r0, r2, %[saved]\n\t ldmia r0!, {r4-r11}\n\t ldr r1, [r0]\n\t msr psp, r1\n\t bx lr\n\t .pool"
                     ::PLACES [saved] "i"(offsetof(struct k_thread, callee_saved)));
}

__attribute__((naked)) void SVC_Handler(void)
{
    __asm__ volatile("ldr r3, =_kernel+8\n\t ldr r2, [r3]\n\t add r0, r2, %[saved]\n\t ldmia r0!, {r4-r11}\n\t"
                     "ldr r1, [r0]\n\t msr psp, r1\n\t mvn lr, #2\n\t bx lr\n\t .pool"
                     ::[saved] "i"(offsetof(struct k_thread, callee_saved)));
}

static void wait_in(uint8_t state, _wait_q_t *queue)
{
    _kernel.cpus[0].current->base.thread_state = state;
    _kernel.cpus[0].current->base.pended_on = queue;
    wait();
}

static void sensor(void *p) { (void)p; for (;;) request_switch(); }
static void logger(void *p) { (void)p; wait_in(2, &samples.wait_q); }
static void sleeper(void *p) { (void)p; USE_FPU(); wait_in(16, NULL); }
static void wanter(void *p) { (void)p; wait_in(2, &lock.wait_q); }
static void later(void *p) { (void)p; wait_in(8, NULL); }
static void idle(void *p) { (void)p; for (;;) request_switch(); }

__attribute__((noinline)) void z_setup_new_thread(struct k_thread *thread, uint32_t *stack, const char *name, int prio,
                                                  void (*run)(void *))
{
    static uint32_t count;
    for (uint32_t i = 0; i < 128; i++)
        stack[i] = 0xAAAAAAAA;
    for (int i = 0; i < 11 && name[i]; i++)
        thread->name[i] = name[i];
    thread->base.prio = (int8_t)prio;
    thread->stack_info.start = (uintptr_t)stack;
    thread->stack_info.size = 512;
    uint32_t *frame = stack + 120;
    frame[7] = 1u << 24;
    frame[6] = (uint32_t)run & ~1u;
    for (int i = 0; i < 6; i++)
        frame[i] = 0;
    uint32_t *saved = &thread->callee_saved.v1;
    for (uint32_t r = 4; r <= 11; r++)
        saved[r - 4] = r * 0x01010101u;
    thread->callee_saved.psp = (uint32_t)frame;
#ifdef __ARM_FP
    thread->arch.mode_exc_return = 0xFD;
#endif
#ifndef NO_MONITOR
    thread->next_thread = _kernel.threads;
    _kernel.threads = thread;
#endif
    all[count++] = thread;
}

int main(void)
{
    lock.owner = &threads[0];
    lock.lock_count = 1;
    z_setup_new_thread(&threads[0], sensor_stack, "sensor", 5, sensor);
    z_setup_new_thread(&threads[1], logger_stack, "logger", -2, logger);
    z_setup_new_thread(&threads[2], sleeper_stack, "sleeper", 7, sleeper);
    z_setup_new_thread(&threads[3], wanter_stack, "wanter", 0, wanter);
    z_setup_new_thread(&threads[4], later_stack, "later", 1, later);
    z_setup_new_thread(&z_idle_threads[0], z_idle_stacks, "idle", 15, idle);
    _kernel.cpus[0].irq_stack = (char *)(z_interrupt_stacks + 256);
    _kernel.cpus[0].current = &threads[0];
    begin();
    for (;;)
        ;
}
