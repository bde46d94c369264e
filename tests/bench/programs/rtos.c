/*
 * A kernel of four threads with FreeRTOS's structures and names, which hand the processor to each other by SVC and PendSV:
 * WORK rounds of a loop over the own stack, YIELDS times. The stacks stand side by side, as a heap has them; STACK_SIZE
 * says where they begin: at pages or not. COMPUTE: one thread computes, with a tick that interrupts it.
 */
#include "console.h"
#include "turns.h"
#include "../../kernels/freertos_types.h"
#include "../../kernels/ports.h"


static uint8_t stacks[TURNS][STACK_SIZE] __attribute__((aligned(1024)));
static TCB_t tasks[TURNS];
TCB_t *volatile pxCurrentTCB;
List_t pxReadyTasksLists[2];
volatile uint32_t uxCurrentNumberOfTasks, uxTaskNumber, xSchedulerRunning;
static volatile uint32_t sum, ended;

__attribute__((used)) uint32_t *vTaskSwitchContext(uint32_t *outgoing)
{
    ListItem_t *item = pxReadyTasksLists[0].pxIndex->pxNext;
    pxCurrentTCB->pxTopOfStack = outgoing;
    if (item == (ListItem_t *)&pxReadyTasksLists[0].xListEnd)
        item = item->pxNext;
    pxReadyTasksLists[0].pxIndex = item;
    pxCurrentTCB = item->pvOwner;
    return (uint32_t *)pxCurrentTCB->pxTopOfStack;
}

__attribute__((naked)) void PendSV_Handler(void)
{
    __asm__ volatile("mrs r0, psp\n"
                     "stmdb r0!, {r4-r11, lr}\n"
                     "bl vTaskSwitchContext\n"
                     "ldmia r0!, {r4-r11, lr}\n"
                     "msr psp, r0\n"
                     "bx lr\n");
}

void SVC_Handler(void)
{
    ICSR = PENDSVSET;
}

void SysTick_Handler(void)
{
    ICSR = PENDSVSET;
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
    for (int n = 0; n < YIELDS; n++) {
        sum += work(WORK);
#ifndef COMPUTE
        __asm__ volatile("svc 1" ::: "memory");
#endif
    }
    if (++ended == TURNS) {
        print("%d threads\n", (int)uxCurrentNumberOfTasks);
        finish(0);
    }
    for (;;)
        __asm__ volatile("svc 1" ::: "memory");
}

static void create(uint32_t number, const char *name)
{
    TCB_t *task = &tasks[number];
    ListItem_t *item = &task->xStateListItem, *end = (ListItem_t *)&pxReadyTasksLists[0].xListEnd;
    uint32_t *frame = (uint32_t *)((uint32_t)(stacks[number] + STACK_SIZE) & ~7u) - 17;
    for (int n = 0; n < 17; n++)
        frame[n] = 0;
    frame[8] = 0xFFFFFFFDu;
    frame[15] = (uint32_t)body & ~1u;
    frame[16] = 1u << 24;
    task->pxTopOfStack = frame;
    task->pxStack = (uint32_t *)stacks[number];
    task->pxEndOfStack = (uint32_t *)((uint32_t)(stacks[number] + STACK_SIZE - 4) & ~7u);
    for (int n = 0; n < 15 && name[n]; n++)
        task->pcTaskName[n] = name[n];
    item->pvOwner = task;
    item->pxContainer = &pxReadyTasksLists[0];
    item->pxNext = end;
    item->pxPrevious = end->pxPrevious;
    end->pxPrevious->pxNext = item;
    end->pxPrevious = item;
    pxReadyTasksLists[0].uxNumberOfItems++;
    uxCurrentNumberOfTasks++;
    uxTaskNumber++;
}

int main(void)
{
    List_t *list = &pxReadyTasksLists[1];
    list->pxIndex = list->xListEnd.pxNext = list->xListEnd.pxPrevious = (ListItem_t *)&list->xListEnd;
    list--;
    SHPR3 = 0xE0E00000u;
    list->pxIndex = list->xListEnd.pxNext = list->xListEnd.pxPrevious = (ListItem_t *)&list->xListEnd;
    create(0, "first");
    create(1, "second");
    create(2, "third");
    create(3, "fourth");
    pxCurrentTCB = &tasks[0];
    list->pxIndex = &tasks[0].xStateListItem;
    xSchedulerRunning = 1;
    SYSTICK[1] = TICK - 1;
    SYSTICK[2] = 0;
    SYSTICK[0] = 7;
    __asm__ volatile("msr psp, %0\n"
                     "mov r0, #2\n"
                     "msr control, r0\n"
                     "isb\n"
                     "bx %1\n" ::"r"(((uint32_t)(stacks[0] + STACK_SIZE)) & ~7u),
                     "r"((uint32_t)body | 1)
                     : "r0");
    return 1;
}
