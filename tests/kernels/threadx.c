/* A kernel with the structures and names of ThreadX 6. EXTENSION puts a word in front of the created list's links. */
#define PORT 2
#include "ports.h"

#include <stddef.h>

typedef struct TX_THREAD_STRUCT {
    uint32_t tx_thread_id, tx_thread_run_count;
    void *tx_thread_stack_ptr, *tx_thread_stack_start, *tx_thread_stack_end;
    uint32_t tx_thread_stack_size, tx_thread_time_slice, tx_thread_new_time_slice;
    struct TX_THREAD_STRUCT *tx_thread_ready_next, *tx_thread_ready_previous;
    const char *tx_thread_name;
    uint32_t tx_thread_priority, tx_thread_state, tx_thread_delayed_suspend, tx_thread_suspending;
    uint32_t tx_thread_preempt_threshold;
    void (*tx_thread_schedule_hook)(struct TX_THREAD_STRUCT *, uint32_t);
    void (*tx_thread_entry)(uint32_t);
    uint32_t tx_thread_entry_parameter;
    struct { uint32_t remaining, again; void (*timeout)(uint32_t); uint32_t parameter; void *next, *previous, *head; }
        tx_thread_timer;
    void (*tx_thread_suspend_cleanup)(struct TX_THREAD_STRUCT *, uint32_t);
    void *tx_thread_suspend_control_block;
    struct TX_THREAD_STRUCT *tx_thread_suspended_next, *tx_thread_suspended_previous;
    uint32_t tx_thread_suspend_info;
    void *tx_thread_additional_suspend_info;
    uint32_t tx_thread_suspend_option, tx_thread_suspend_status;
#ifdef EXTENSION
    uint32_t tx_thread_extension[EXTENSION];
#endif
    struct TX_THREAD_STRUCT *tx_thread_created_next, *tx_thread_created_previous;
} TX_THREAD;
typedef struct { uint32_t id; const char *name; uint32_t count; TX_THREAD *owner; } object;

TX_THREAD *_tx_thread_current_ptr, *_tx_thread_created_ptr;
uint32_t _tx_thread_created_count;
static TX_THREAD threads[THREADS];
static object samples = { 0x51554555, "samples", 0, NULL }, lock = { 0x4D555445, "lock", 1, &threads[0] };
static object unnamed = { 0x53454D41, NULL, 0, NULL };
uint32_t stacks[THREADS][128];

__attribute__((used)) void choose(void) { _tx_thread_current_ptr = &threads[next_turn()]; }

SWITCH_ON_STACK(_tx_thread_current_ptr, 8, choose)

static void wait_for(uint32_t state, void *what)
{
    _tx_thread_current_ptr->tx_thread_state = state;
    _tx_thread_current_ptr->tx_thread_suspend_control_block = what;
    wait();
}

static void sensor(void *p) { (void)p; for (;;) request_switch(); }
static void logger(void *p) { (void)p; wait_for(5, &samples); }
static void sleeper(void *p) { (void)p; USE_FPU(); wait_for(4, NULL); }
static void wanter(void *p) { (void)p; wait_for(13, &lock); }
static void counter(void *p) { (void)p; wait_for(6, &unnamed); }
static void done(void *p) { (void)p; wait_for(1, NULL); }

__attribute__((noinline)) void _tx_thread_create(TX_THREAD *thread, uint32_t number, const char *name, void (*run)(void *))
{
    uint32_t *stack = stacks[number];
    for (uint32_t i = 0; i < 128; i++)
        stack[i] = 0xEFEFEFEF;
    thread->tx_thread_id = 0x54485244;
    thread->tx_thread_name = name;
    thread->tx_thread_priority = thread->tx_thread_preempt_threshold = 10 + number;
    thread->tx_thread_stack_start = stack;
    thread->tx_thread_stack_end = (uint8_t *)stack + 511;
    thread->tx_thread_stack_size = 512;
    thread->tx_thread_stack_ptr = first_context(stack + 128, run, NULL);
    thread->tx_thread_created_next = thread->tx_thread_created_previous = thread;
    if (_tx_thread_created_ptr) {
        TX_THREAD *first = _tx_thread_created_ptr, *last = first->tx_thread_created_previous;
        thread->tx_thread_created_next = first;
        thread->tx_thread_created_previous = last;
        first->tx_thread_created_previous = last->tx_thread_created_next = thread;
    } else {
        _tx_thread_created_ptr = thread;
    }
    _tx_thread_created_count++;
}

int main(void)
{
    _tx_thread_create(&threads[0], 0, "sensor", sensor);
    _tx_thread_create(&threads[1], 1, "logger", logger);
    _tx_thread_create(&threads[2], 2, "sleeper", sleeper);
    _tx_thread_create(&threads[3], 3, NULL, wanter);
    _tx_thread_create(&threads[4], 4, "counter", counter);
    _tx_thread_create(&threads[5], 5, "done", done);
    _tx_thread_current_ptr = &threads[0];
    begin();
    for (;;)
        ;
}
