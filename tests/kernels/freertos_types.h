/* The structures of FreeRTOS 10, as far as a round robin needs them. TCB_MEMBERS: what a kernel has in a TCB besides. */
#include <stdint.h>

#ifndef TCB_MEMBERS
#define TCB_MEMBERS
#endif

struct xLIST;
typedef struct xLIST_ITEM {
    uint32_t xItemValue;
    struct xLIST_ITEM *pxNext, *pxPrevious;
    void *pvOwner;
    struct xLIST *pxContainer;
} ListItem_t;
typedef struct xMINI_LIST_ITEM {
    uint32_t xItemValue;
    struct xLIST_ITEM *pxNext, *pxPrevious;
} MiniListItem_t;
typedef struct xLIST {
    volatile uint32_t uxNumberOfItems;
    ListItem_t *pxIndex;
    MiniListItem_t xListEnd;
} List_t;
typedef struct tskTaskControlBlock {
    volatile uint32_t *pxTopOfStack;
    ListItem_t xStateListItem, xEventListItem;
    uint32_t uxPriority;
    uint32_t *pxStack;
    char pcTaskName[16];
    uint32_t *pxEndOfStack;
    TCB_MEMBERS
} TCB_t;
