/*
 * A kernel of four threads, with FreeRTOS's structures and names, that exchange messages as small kernels do: whoever
 * sends copies straight into the buffer of the receiver, which lies on the receiver's stack. PendSV switches, a tick
 * preempts. The stacks stand side by side and begin at no page and, where STACK_SIZE says so, at no granule. A fifth
 * thread is made by another one, and goes again; with OVERFLOW it uses its stack up.
 */
#include "console.h"

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

/* buffer: where it waits for a message */
#define TCB_MEMBERS uint32_t *volatile buffer; volatile uint32_t is_delivered;
#include "freertos_types.h"

static struct {
    uint32_t before[3];
    uint8_t stacks[MOST][STACK_SIZE];
} memory __attribute__((aligned(64)));
TCB_t tasks[MOST];
TCB_t *volatile pxCurrentTCB;
List_t pxReadyTasksLists[2];
volatile uint32_t uxCurrentNumberOfTasks, uxTaskNumber, xSchedulerRunning;
static volatile uint32_t sum, is_done, high_water;

/* Called by PendSV with the stack pointer of the task that runs, 0 for none; the next one in the list runs then. */
__attribute__((used)) uint32_t vTaskSwitchContext(uint32_t outgoing)
{
    ListItem_t *item = pxReadyTasksLists[1].pxIndex->pxNext;
    if (outgoing)
        pxCurrentTCB->pxTopOfStack = (uint32_t *)outgoing;
    if (item == (ListItem_t *)&pxReadyTasksLists[1].xListEnd)
        item = item->pxNext;
    pxReadyTasksLists[1].pxIndex = item;
    pxCurrentTCB = item->pvOwner;
    return (uint32_t)pxCurrentTCB->pxTopOfStack;
}

__attribute__((naked)) void PendSV_Handler(void)
{
    __asm__ volatile("mrs r0, psp\n"
                     "tst lr, #4\n"
                     "ite eq\n"
                     "moveq r0, #0\n"
                     "stmdbne r0!, {r4-r11}\n"
                     "push {r3, lr}\n"
                     "bl vTaskSwitchContext\n"
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

static void create(unsigned number, const char *name, void (*body)(void))
{
    TCB_t *made = &tasks[number];
    ListItem_t *item = &made->xStateListItem, *end = (ListItem_t *)&pxReadyTasksLists[1].xListEnd;
    uint32_t top = (uint32_t)(memory.stacks[number] + STACK_SIZE) & ~7u, *frame = (uint32_t *)top - 16;
    for (int n = 0; n < 16; n++)
        frame[n] = 0;
    frame[14] = (uint32_t)body & ~1u;
    frame[15] = 1u << 24;
    made->pxTopOfStack = frame;
    made->pxStack = (uint32_t *)memory.stacks[number];
    made->pxEndOfStack = (uint32_t *)((uint32_t)(memory.stacks[number] + STACK_SIZE - 4) & ~7u);
    for (int n = 0; n < 15 && name[n]; n++)
        made->pcTaskName[n] = name[n];
    made->uxPriority = 1;
    item->pvOwner = made;
    item->pxContainer = &pxReadyTasksLists[1];
    item->pxNext = end;
    item->pxPrevious = end->pxPrevious;
    __asm__ volatile("cpsid i" ::: "memory");
    end->pxPrevious->pxNext = item;
    end->pxPrevious = item;
    pxReadyTasksLists[1].uxNumberOfItems++;
    uxCurrentNumberOfTasks++;
    uxTaskNumber++;
    __asm__ volatile("cpsie i" ::: "memory");
}

__attribute__((unused)) static void end(TCB_t *task)
{
    ListItem_t *item = &task->xStateListItem;
    __asm__ volatile("cpsid i" ::: "memory");
    if (pxReadyTasksLists[1].pxIndex == item)
        pxReadyTasksLists[1].pxIndex = item->pxPrevious;
    item->pxNext->pxPrevious = item->pxPrevious;
    item->pxPrevious->pxNext = item->pxNext;
    pxReadyTasksLists[1].uxNumberOfItems--;
    uxCurrentNumberOfTasks--;
    __asm__ volatile("cpsie i" ::: "memory");
}

/* The message goes to where the receiver waits for it. */
__attribute__((noinline)) static void send(TCB_t *to, const uint32_t *message)
{
    while (!to->buffer || to->is_delivered)
        yield();
    for (int n = 0; n < 4; n++)
        to->buffer[n] = message[n];
    to->is_delivered = 1;
}

__attribute__((noinline)) static void receive(uint32_t *message)
{
    TCB_t *self = pxCurrentTCB;
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
        send(&tasks[0], message);
    for (;;)
        yield();
}

__attribute__((unused)) static void shorter(void)
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
#ifndef OVERFLOW
        if (round == 3)
            create(4, "short", shorter);
        if (round == 9)
            end(&tasks[4]);
#endif
        send(&tasks[0], message);
    }
    for (;;)
        yield();
}

/* How much of each stack was used: a legal reader of them all. */
__attribute__((noinline)) static uint32_t unused(const TCB_t *of)
{
    uint32_t count = 0;
    while (count < STACK_SIZE && !((uint8_t *)of->pxStack)[count])
        count++;
    return count;
}

static void watcher(void)
{
    while (!is_done) {
        for (int n = 0; n < 3; n++)
            high_water += unused(&tasks[n]);
        yield();
    }
    print("sum %d high water %s\n", (int)sum, high_water ? "seen" : "none");
    finish(0);
}

#ifdef OVERFLOW
/* Goes down to the last words of its stack, where an interrupt's frame has no room. */
__attribute__((naked)) static void deep(void)
{
    __asm__ volatile("mov r4, sp\n"
                     "ldr r0, =%0\n"
                     "sub sp, r0\n"
                     "movw r1, #10000\n"
                     "1: subs r1, #1\n"
                     "bne 1b\n"
                     "mov sp, r4\n"
                     "2: svc 1\n"
                     "b 2b\n" ::"i"((STACK_SIZE & ~7) - 24));
}
#endif

int main(void)
{
    SHPR3 = 0xE0E00000u;
    for (int n = 0; n < 2; n++) {
        List_t *list = &pxReadyTasksLists[n];
        list->pxIndex = list->xListEnd.pxNext = list->xListEnd.pxPrevious = (ListItem_t *)&list->xListEnd;
    }
    create(0, "receiver", receiver);
    create(1, "sender", sender);
    create(2, "other", other_sender);
    create(3, "watcher", watcher);
#ifdef OVERFLOW
    create(4, "deep", deep);
#endif
    xSchedulerRunning = 1;
    REGISTER(0xE000E014) = 1999;
    REGISTER(0xE000E018) = 0;
    REGISTER(0xE000E010) = 7;
    ICSR = 1u << 28;
    for (;;)
        ;
}
