/*
 * A kernel of four threads that exchange messages as small kernels do: whoever sends copies straight into the buffer of
 * the receiver, which lies on the receiver's stack. PendSV switches, a tick preempts. The stacks stand side by side and
 * begin at no page and, where STACK_SIZE says so, at no granule. A fifth thread is made by another one, and goes again.
 */
#include "console.h"
#include <stdint.h>

#ifndef STACK_SIZE
#define STACK_SIZE 712
#endif
#ifndef ROUNDS
#define ROUNDS 20
#endif
#ifndef UNPRIVILEGED
#define UNPRIVILEGED 0
#endif
#define REGISTER(address) (*(volatile uint32_t *)(address))
#define ICSR REGISTER(0xE000ED04)
#define SHPR3 REGISTER(0xE000ED20)
#define MOST 5

struct thread {
    uint32_t *sp;
    uint8_t *stack;
    uint32_t size;
    uint32_t *volatile buffer; /* where it waits for a message */
    volatile uint32_t is_delivered;
};

static struct {
    uint32_t before[3];
    uint8_t stacks[MOST][STACK_SIZE];
} memory __attribute__((aligned(64)));
struct thread threads[MOST];
struct thread *volatile running;
volatile uint32_t thread_count, generation;
static volatile uint32_t sum, is_done, high_water, is_stopped;

uint32_t *next_thread(uint32_t *outgoing)
{
    if (outgoing)
        running->sp = outgoing;
    uint32_t number = running ? (uint32_t)(running - threads) : MOST;
    do
        number = number + 1 < MOST ? number + 1 : 0;
    while (!threads[number].size);
    running = &threads[number];
    return running->sp;
}

__attribute__((naked)) void PendSV_Handler(void)
{
    __asm__ volatile("mrs r0, psp\n"
                     "tst lr, #4\n"
                     "ite eq\n"
                     "moveq r0, #0\n"
                     "stmdbne r0!, {r4-r11}\n"
                     "push {r3, lr}\n"
                     "bl next_thread\n"
                     "pop {r3, lr}\n"
                     "ldmia r0!, {r4-r11}\n"
                     "msr psp, r0\n"
                     "mov r1, %0\n"
                     "msr control, r1\n"
                     "ldr lr, =0xFFFFFFFD\n"
                     "bx lr\n" ::"i"(UNPRIVILEGED));
}

void SVC_Handler(void)
{
    ICSR = 1u << 28;
}

void SysTick_Handler(void)
{
    ICSR = 1u << 28;
}

static void yield(void)
{
    __asm__ volatile("svc 1" ::: "memory");
}

static void create(unsigned number, void (*body)(void))
{
    struct thread *made = &threads[number];
    made->stack = memory.stacks[number];
    uint32_t *frame = (uint32_t *)((uint32_t)(made->stack + STACK_SIZE) & ~7u) - 16;
    for (int n = 0; n < 16; n++)
        frame[n] = 0;
    frame[14] = (uint32_t)body & ~1u;
    frame[15] = 1u << 24;
    made->sp = frame;
    made->size = STACK_SIZE;
    thread_count++;
    generation++;
}

/* The message goes to where the receiver waits for it. */
__attribute__((noinline)) static void send(struct thread *to, const uint32_t *message)
{
    while (!to->buffer || to->is_delivered)
        yield();
    for (int n = 0; n < 4; n++)
        to->buffer[n] = message[n];
    to->is_delivered = 1;
}

__attribute__((noinline)) static void receive(uint32_t *message)
{
    struct thread *self = running;
    self->is_delivered = 0;
    self->buffer = message;
    while (!self->is_delivered)
        yield();
    self->buffer = 0;
}

static void receiver(void)
{
    uint32_t message[5];
    for (int round = 0; round < 2 * ROUNDS; round++) {
        receive(message + (round & 1)); /* either alignment */
        sum += message[(round & 1) + 3];
    }
    is_done = 1;
    for (;;)
        yield();
}

static void sender(void)
{
    uint32_t message[4] = {1, 2, 3, 4};
    for (int round = 0; round < ROUNDS; round++)
        send(&threads[0], message);
    for (;;)
        yield();
}

static void shorter(void)
{
    uint16_t *from = (uint16_t *)(memory.stacks[0] + STACK_SIZE - 8);
    for (;;) {
        sum += *(volatile uint16_t *)((uint8_t *)from - 1) & 0; /* a load that is not aligned */
        yield();
    }
}

static void other_sender(void)
{
    uint32_t message[4] = {5, 6, 7, 8};
    for (int round = 0; round < ROUNDS; round++) {
        if (round == 3)
            create(4, shorter);
        if (round == 9)
            threads[4].size = 0, thread_count--, generation++;
        send(&threads[0], message);
    }
    for (;;)
        yield();
}

/* How much of each stack was used: a legal reader of them all. */
__attribute__((noinline)) static uint32_t unused(const struct thread *of)
{
    uint32_t count = 0;
    while (count < of->size && !of->stack[count])
        count++;
    return count;
}

static void watcher(void)
{
    while (!is_done) {
        for (int n = 0; n < 3; n++)
            high_water += unused(&threads[n]);
        yield();
    }
    print("sum %d high water %s\n", (int)sum, high_water ? "seen" : "none");
    finish(0);
}

int main(void)
{
    SHPR3 = 0xE0E00000u;
    create(0, receiver);
    create(1, sender);
    create(2, other_sender);
    create(3, watcher);
    REGISTER(0xE000E014) = 1999;
    REGISTER(0xE000E018) = 0;
    REGISTER(0xE000E010) = 7;
    ICSR = 1u << 28;
    for (;;)
        ;
}
