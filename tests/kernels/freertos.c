/* A kernel with the structures and names of FreeRTOS 10 and 11, and tasks that each wait for something else.
   CHECKS, NAME_LENGTH, TRACE, HIGH, HEAP, NOTIFICATIONS: the configuration.
   FAULT: sensor writes the stack of logger. DEEP: it leaves its own, and comes back. EARLY: the port refuses to start. */
#include "ports.h"

#include <stddef.h>

#ifndef NAME_LENGTH
#define NAME_LENGTH 16
#endif
#ifndef NOTIFICATIONS
#define NOTIFICATIONS 1
#endif
#define PRIORITIES 5
#ifdef CHECKS
#define CHECK(name) uint32_t name;
#define CHECK_WORD 0x5a5a5a5a
#else
#define CHECK(name)
#endif

struct xLIST;
typedef struct xLIST_ITEM {
    CHECK(xListItemIntegrityValue1)
    uint32_t xItemValue;
    struct xLIST_ITEM *pxNext, *pxPrevious;
    void *pvOwner;
    struct xLIST *pxContainer;
    CHECK(xListItemIntegrityValue2)
} ListItem_t;
typedef struct xMINI_LIST_ITEM {
    CHECK(xListItemIntegrityValue1)
    uint32_t xItemValue;
    struct xLIST_ITEM *pxNext, *pxPrevious;
} MiniListItem_t;
typedef struct xLIST {
    CHECK(xListIntegrityValue1)
    volatile uint32_t uxNumberOfItems;
    ListItem_t *pxIndex;
    MiniListItem_t xListEnd;
    CHECK(xListIntegrityValue2)
} List_t;

typedef struct tskTaskControlBlock {
    volatile uint32_t *pxTopOfStack;
#if PORT == 1
    struct { uint32_t xRegion[8]; } xMPUSettings;
#elif PORT == 4
    struct { uint32_t xRegion[8], ulContext[53], ulTaskFlags; } xMPUSettings;
#endif
    ListItem_t xStateListItem, xEventListItem;
    uint32_t uxPriority;
    uint32_t *pxStack;
    char pcTaskName[NAME_LENGTH];
#ifdef HIGH
    uint32_t *pxEndOfStack;
#endif
#ifdef TRACE
    uint32_t uxTCBNumber, uxTaskNumber;
#endif
    uint32_t uxBasePriority, uxMutexesHeld;
#if NOTIFICATIONS
    volatile uint32_t ulNotifiedValue[NOTIFICATIONS];
    volatile uint8_t ucNotifyState[NOTIFICATIONS];
#endif
    uint8_t ucStaticallyAllocated;
} tskTCB;
typedef tskTCB TCB_t;

typedef struct QueueDefinition {
    int8_t *pcHead, *pcWriteTo;
    union {
        struct { int8_t *pcTail, *pcReadFrom; } xQueue;
        struct { TCB_t *xMutexHolder; uint32_t uxRecursiveCallCount; } xSemaphore;
    } u;
    List_t xTasksWaitingToSend, xTasksWaitingToReceive;
    volatile uint32_t uxMessagesWaiting;
    uint32_t uxLength, uxItemSize;
} xQUEUE;
struct QUEUE_REGISTRY_ITEM { const char *pcQueueName; xQUEUE *xHandle; } xQueueRegistry[4];

TCB_t *volatile pxCurrentTCB;
static List_t pxReadyTasksLists[PRIORITIES], xDelayedTaskList1, xDelayedTaskList2, xPendingReadyList;
static List_t xSuspendedTaskList, xTasksWaitingTermination;
static volatile uint32_t xSchedulerRunning, uxCriticalNesting = 0xaaaaaaaa;

static void list_init(List_t *list)
{
    list->uxNumberOfItems = 0;
    list->pxIndex = (ListItem_t *)&list->xListEnd;
    list->xListEnd.xItemValue = 0xFFFFFFFF;
    list->xListEnd.pxNext = list->xListEnd.pxPrevious = (ListItem_t *)&list->xListEnd;
#ifdef CHECKS
    list->xListIntegrityValue1 = list->xListIntegrityValue2 = list->xListEnd.xListItemIntegrityValue1 = CHECK_WORD;
#endif
}

static void list_add(List_t *list, ListItem_t *item)
{
    ListItem_t *end = (ListItem_t *)&list->xListEnd;
    item->pxNext = end;
    item->pxPrevious = end->pxPrevious;
    end->pxPrevious->pxNext = item;
    end->pxPrevious = item;
    item->pxContainer = list;
    list->uxNumberOfItems++;
}

static void list_remove(ListItem_t *item)
{
    List_t *list = item->pxContainer;
    item->pxNext->pxPrevious = item->pxPrevious;
    item->pxPrevious->pxNext = item->pxNext;
    if (list->pxIndex == item)
        list->pxIndex = item->pxPrevious;
    item->pxContainer = NULL;
    list->uxNumberOfItems--;
}

__attribute__((used, noinline)) void vTaskSwitchContext(void)
{
    for (int priority = PRIORITIES - 1; priority >= 0; priority--) {
        List_t *list = &pxReadyTasksLists[priority];
        if (!list->uxNumberOfItems)
            continue;
        list->pxIndex = list->pxIndex->pxNext;
        if (list->pxIndex == (ListItem_t *)&list->xListEnd)
            list->pxIndex = list->pxIndex->pxNext;
        pxCurrentTCB = list->pxIndex->pvOwner;
        return;
    }
}

#if PORT == 4
/* As the ports with an MPU do from version 11 on: all of the context is in the control block. r2 is that, r0 the place. */
#ifdef __ARM_FP
#define COPY_FP "tst lr, #16\n\t ittt eq\n\t vstmiaeq r0!, {s16-s31}\n\t addeq r3, r1, #32\n\t vldmiaeq r3, {s0-s16}\n\t" \
                "it eq\n\t vstmiaeq r0!, {s0-s16}\n\t"
#define BACK_FP "tst lr, #16\n\t ittt eq\n\t subeq r0, #68\n\t vldmiaeq r0, {s0-s16}\n\t vstmiaeq r4, {s0-s16}\n\t" \
                "itt eq\n\t subeq r0, #64\n\t vldmiaeq r0, {s16-s31}\n\t"
#else
#define COPY_FP
#define BACK_FP
#endif
#define RESTORE_COPY \
    "ldr r0, [r2]\n\t ldmdb r0!, {r1, r4-r11}\n\t msr psp, r1\n\t stmia r1!, {r4-r11}\n\t mov r4, r1\n\t" \
    "ldmdb r0!, {r3, r5-r12, lr}\n\t msr control, r3\n\t push {r5-r12}\n\t" BACK_FP \
    "pop {r5-r12}\n\t str r0, [r2]\n\t" \
    "mov r4, r5\n\t mov r5, r6\n\t mov r6, r7\n\t mov r7, r8\n\t mov r8, r9\n\t mov r9, r10\n\t mov r10, r11\n\t" \
    "mov r11, r12\n\t bx lr\n\t .pool"

__attribute__((naked)) void PendSV_Handler(void)
{
    __asm__ volatile("ldr r3, =pxCurrentTCB\n\t ldr r2, [r3]\n\t ldr r0, [r2]\n\t mrs r1, psp\n\t" COPY_FP
                     "mrs r3, control\n\t stmia r0!, {r3-r11, lr}\n\t ldmia r1, {r4-r11}\n\t stmia r0!, {r1, r4-r11}\n\t"
                     "str r0, [r2]\n\t push {r3, lr}\n\t bl vTaskSwitchContext\n\t pop {r3, lr}\n\t"
                     "ldr r3, =pxCurrentTCB\n\t ldr r2, [r3]\n\t" RESTORE_COPY);
}

__attribute__((naked)) void SVC_Handler(void)
{
    __asm__ volatile("ldr r3, =pxCurrentTCB\n\t ldr r2, [r3]\n\t" RESTORE_COPY);
}
#else
__attribute__((naked)) void PendSV_Handler(void)
{
    __asm__ volatile("mrs r0, psp\n\t" SAVE "ldr r3, =pxCurrentTCB\n\t ldr r2, [r3]\n\t str r0, [r2]\n\t"
                     "push {r3, lr}\n\t bl vTaskSwitchContext\n\t pop {r3, lr}\n\t"
                     "ldr r2, [r3]\n\t ldr r0, [r2]\n\t" RESTORE "msr psp, r0\n\t bx lr\n\t .pool");
}

__attribute__((naked)) void SVC_Handler(void)
{
    __asm__ volatile("ldr r3, =pxCurrentTCB\n\t ldr r2, [r3]\n\t ldr r0, [r2]\n\t mvn lr, #2\n\t" RESTORE
                     "msr psp, r0\n\t mvn lr, #2\n\t bx lr\n\t .pool");
}
#endif

void MemManage_Handler(void)
{
    for (;;)
        ;
}

static TCB_t *create(TCB_t *task, uint32_t *stack, uint32_t size, const char *name, uint32_t priority,
                     void (*run)(void *))
{
    for (uint32_t i = 0; i < WORDS(size); i++)
        stack[i] = 0xa5a5a5a5;
    for (int i = 0; i < NAME_LENGTH - 1 && name[i]; i++)
        task->pcTaskName[i] = name[i];
    task->xStateListItem.pvOwner = task->xEventListItem.pvOwner = task;
#ifdef CHECKS
    task->xStateListItem.xListItemIntegrityValue1 = task->xEventListItem.xListItemIntegrityValue1 = CHECK_WORD;
    task->xStateListItem.xListItemIntegrityValue2 = task->xEventListItem.xListItemIntegrityValue2 = CHECK_WORD;
#endif
    task->uxPriority = task->uxBasePriority = priority;
    task->pxStack = stack;
#ifdef HIGH
    task->pxEndOfStack = (uint32_t *)((uint32_t)(stack + WORDS(size) - 1) & ~7u);
#endif
#if PORT == 4
    uint32_t *context = task->xMPUSettings.ulContext, *frame = stack + WORDS(size) - 8;
    *context++ = 2;
    for (uint32_t r = 4; r <= 11; r++)
        *context++ = r * 0x01010101u;
    *context++ = 0xFFFFFFFD;
    *context++ = (uint32_t)frame;
    for (int i = 0; i < 6; i++)
        *context++ = 0;
    *context++ = (uint32_t)run & ~1u;
    *context++ = 1u << 24;
    task->pxTopOfStack = context;
#else
    task->pxTopOfStack = first_context(stack + WORDS(size), run, NULL);
#endif
    list_add(&pxReadyTasksLists[priority], &task->xStateListItem);
    if (!pxCurrentTCB || pxCurrentTCB->uxPriority <= priority)
        pxCurrentTCB = task;
    return task;
}

static void block(List_t *states, uint32_t wake, List_t *events)
{
    TCB_t *self = pxCurrentTCB;
    list_remove(&self->xStateListItem);
    self->xStateListItem.xItemValue = wake;
    list_add(states, &self->xStateListItem);
    if (events)
        list_add(events, &self->xEventListItem);
    request_switch();
}

__attribute__((noinline)) void xQueueGenericSend(xQUEUE *queue)
{
    queue->uxMessagesWaiting++;
    if (queue->xTasksWaitingToReceive.uxNumberOfItems) {
        TCB_t *task = queue->xTasksWaitingToReceive.xListEnd.pxNext->pvOwner;
        list_remove(&task->xEventListItem);
        list_remove(&task->xStateListItem);
        list_add(&pxReadyTasksLists[task->uxPriority], &task->xStateListItem);
        request_switch();
    }
}

static xQUEUE samples, lock;
#ifdef HANDLE /* as in memory from a heap, which has no name of its own */
static struct { uint32_t header[2]; xQUEUE queue; } block_of_heap;
xQUEUE *const volatile commands = &block_of_heap.queue;
#define full block_of_heap.queue
#else
static xQUEUE full;
#endif
static volatile uint32_t received;

static void queue_init(xQUEUE *queue, uint32_t length, uint32_t size)
{
    list_init(&queue->xTasksWaitingToSend);
    list_init(&queue->xTasksWaitingToReceive);
    queue->uxLength = length;
    queue->uxItemSize = size;
    queue->pcHead = size || queue != &lock ? (int8_t *)queue : NULL;
}

static void logger(void *p)
{
    (void)p;
    for (;;) {
        while (!samples.uxMessagesWaiting)
            block(&xSuspendedTaskList, 0, &samples.xTasksWaitingToReceive);
        samples.uxMessagesWaiting--;
        received++;
    }
}

static void sleeper(void *p)
{
    (void)p;
#ifdef __ARM_FP
    __asm__ volatile("vmov.f32 s0, #3.0\n\t vmov.f32 s20, #2.5" ::: "s0", "s20");
#endif
    block(&xDelayedTaskList1, 1234, NULL);
    for (;;)
        ;
}

static void halted(void *p)
{
    (void)p;
    block(&xSuspendedTaskList, 0, NULL);
}

static void noted(void *p)
{
    (void)p;
#if NOTIFICATIONS
    pxCurrentTCB->ucNotifyState[NOTIFICATIONS - 1] = 1;
#endif
    block(&xDelayedTaskList2, 99, NULL);
}

static TCB_t *holder_task;

static void wanter(void *p)
{
    (void)p;
    lock.u.xSemaphore.xMutexHolder = holder_task;
    block(&xSuspendedTaskList, 0, &lock.xTasksWaitingToReceive);
}

static void holder(void *p)
{
    (void)p;
    full.uxMessagesWaiting = full.uxLength;
    block(&xDelayedTaskList1, 77, &full.xTasksWaitingToSend);
}

uint32_t logger_stack[256] __attribute__((aligned(1024)));

#ifdef DEEP
__attribute__((noinline)) static uint32_t deep(uint32_t depth)
{
    volatile uint32_t values[14];
    for (int i = 0; i < 14; i++)
        values[i] = 0;
    return depth ? deep(depth - 1) + values[depth % 14] : 0;
}
#endif

static void sensor(void *p)
{
    (void)p;
    for (uint32_t i = 0; i < 3; i++)
        xQueueGenericSend(&samples);
#ifdef FAULT
    protect(logger_stack);
    logger_stack[250] = received;
#endif
#ifdef DEEP
    received += deep(40);
#endif
    for (;;)
        request_switch();
}

static void idle(void *p)
{
    (void)p;
    for (;;)
        ;
}

static TCB_t tasks[8];
#ifdef HEAP
struct block { struct block *next; uint32_t size; };
static uint8_t ucHeap[16384] __attribute__((aligned(8)));
static struct block xStart, *volatile pxEnd = &xStart;
static uint32_t used_up;

static uint32_t *stack_of(uint32_t size)
{
    struct block *block = (struct block *)(ucHeap + used_up);
    block->next = xStart.next;
    block->size = (size + 8) | 1u << 31;
    used_up += size + 8;
    xStart.size += (uint32_t)pxEnd;
    return (uint32_t *)(block + 1);
}
#else
static uint32_t stacks[7][128];
static uint32_t *stack_of(uint32_t size)
{
    static int next;
    (void)size;
    return stacks[next++];
}
#endif

int main(void)
{
    for (int i = 0; i < PRIORITIES; i++)
        list_init(&pxReadyTasksLists[i]);
    List_t *others[] = { &xDelayedTaskList1, &xDelayedTaskList2, &xPendingReadyList, &xSuspendedTaskList,
                         &xTasksWaitingTermination };
    for (int i = 0; i < 5; i++)
        list_init(others[i]);
    queue_init(&samples, 4, 4);
    queue_init(&lock, 1, 0);
    queue_init(&full, 2, 8);
    xQueueRegistry[1].pcQueueName = "samples";
    xQueueRegistry[1].xHandle = &samples;
    create(&tasks[0], logger_stack, sizeof logger_stack, "logger", 4, logger);
    create(&tasks[1], stack_of(512), 512, "sensor", 1, sensor);
    create(&tasks[2], stack_of(512), 512, "sleeper", 3, sleeper);
    create(&tasks[3], stack_of(512), 512, "halted", 3, halted);
    create(&tasks[4], stack_of(512), 512, "noted", 3, noted);
    holder_task = create(&tasks[5], stack_of(512), 512, "holder", 2, holder);
    create(&tasks[6], stack_of(512), 512, "", 3, wanter);
    create(&tasks[7], stack_of(512), 512, "IDLE", 0, idle);
    SHPR3 |= 0xFFu << 16;
    pxCurrentTCB = &tasks[0];
    xSchedulerRunning = 1;
#ifdef EARLY
    for (;;)
        ;
#endif
    uxCriticalNesting = 0;
    __asm__ volatile("msr control, %0\n\t isb\n\t svc 0" ::"r"(0) : "memory");
    for (;;)
        ;
}
