/* The structures of RTEMS 6 as these tests have them, and the switch of a context. SHIFT moves what follows it. */
#pragma once
#include <stdbool.h>
#include <stddef.h>

typedef struct { void *next, *previous; } Chain_Node;
typedef struct {
    Chain_Node Node;
    uint32_t id;
    union { const char *name_p; uint32_t name_u32; } name;
} Objects_Control;
struct Thread_Control;
typedef struct { void *heads; struct _Thread_Control *owner; const char *name; } Thread_queue_Queue;
typedef struct { Thread_queue_Queue Queue; } Thread_queue_Control;
typedef struct { Objects_Control Object; Thread_queue_Control Wait_queue; } Thread_queue_Object;
typedef struct { Chain_Node Node; uint64_t priority; } Priority_Node;
typedef struct { size_t size; void *area; } Stack_Control;
typedef struct {
    uint32_t register_r4, register_r5, register_r6, register_r7, register_r8, register_r9, register_r10, register_r11;
    void *register_lr, *register_sp;
#ifdef __ARM_FP
    uint64_t register_d8, register_d9, register_d10, register_d11, register_d12, register_d13, register_d14, register_d15;
#endif
    uint32_t isr_nest_level;
} Context_Control;
typedef struct _Thread_Control {
    Objects_Control Object;
    Thread_queue_Control Join_queue;
    uint32_t current_state;
    Priority_Node Real_priority;
#ifdef SHIFT
    uint32_t resource_count[SHIFT];
#endif
    struct { uint32_t count, option; Thread_queue_Queue *queue; } Wait;
    Context_Control Registers;
    void *API_Extensions[2];
    bool is_idle, is_preemptible, is_fp;
    struct {
        struct { void *adaptor; union { struct { void *entry; } Pointer; } Kinds; } Entry;
        void (*stack_free)(void *);
        Stack_Control Initial_stack;
    } Start;
} Thread_Control;
typedef union {
    struct { Chain_Node Node; Chain_Node *fill; } Head;
    struct { Chain_Node *fill; Chain_Node Node; } Tail;
} Chain_Control;
typedef struct { uint32_t maximum_id; Objects_Control **local_table; Chain_Control Inactive; } Objects_Information;
typedef struct { Objects_Information Objects; uint32_t initial; } Thread_Information;
typedef struct Per_CPU_Control {
    void *interrupt_stack_low, *interrupt_stack_high;
    uint32_t isr_nest_level, isr_dispatch_disable, thread_dispatch_disable_level;
    bool dispatch_necessary;
    Thread_Control *executing, *heir;
} Per_CPU_Control;
__attribute__((naked, used, noinline)) void _CPU_Context_switch(Context_Control *from, Context_Control *to)
{
    (void)from, (void)to;
    __asm__ volatile("stm r0, {r4-r11, lr}\n\t str sp, [r0, #36]\n\t"
#ifdef __ARM_FP
                     "add r2, r0, #40\n\t vstm r2, {d8-d15}\n\t add r2, r1, #40\n\t vldm r2, {d8-d15}\n\t"
#endif
                     "ldr sp, [r1, #36]\n\t ldm r1, {r4-r11, lr}\n\t bx lr");
}

