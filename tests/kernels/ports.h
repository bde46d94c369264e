/* What every kernel of these tests needs of the processor: the first switch, and the registers that a switch saves.
   `PORT` says where it puts them: 0 on the stack, 1 the same behind CONTROL, 2 on the stack behind EXC_RETURN. */
#pragma once
#include <stdint.h>

#define ICSR (*(volatile uint32_t *)0xE000ED04)
#define PENDSVSET (1u << 28)
#define SHPR3 (*(volatile uint32_t *)0xE000ED20)
#define SHCSR (*(volatile uint32_t *)0xE000ED24)
#define MPU_CTRL (*(volatile uint32_t *)0xE000ED94)
#define MPU_RBAR (*(volatile uint32_t *)0xE000ED9C)
#define MPU_RASR (*(volatile uint32_t *)0xE000EDA0)

#ifndef PORT
#define PORT 0
#endif

#define WORDS(size) ((size) / 4)

static inline void request_switch(void)
{
    ICSR = PENDSVSET;
    __asm__ volatile("dsb\n\tisb" ::: "memory");
}

/* Let nobody touch 1 KiB at `base`, whatever runs; everything else is as without an MPU. */
static inline void protect(const void *base)
{
    MPU_RBAR = (uint32_t)base | 1u << 4 | 1;
    MPU_RASR = 1u << 28 | 9u << 1 | 1; /* XN, no access */
    MPU_CTRL = 5; /* with the default map for privileged code */
    SHCSR |= 1u << 16;
    __asm__ volatile("dsb\n\tisb" ::: "memory");
}

/* The context of a thread that begins at `entry`, below `top`; returns its lowest word. */
static inline uint32_t *first_context(uint32_t *top, void (*entry)(void *), void *argument)
{
    *--top = 1u << 24; /* xPSR */
    *--top = (uint32_t)entry & ~1u;
    *--top = 0; /* LR */
    for (int i = 0; i < 4; i++)
        *--top = 0;
    *--top = (uint32_t)argument;
#if PORT != 2 && (defined(__ARM_FP) || PORT == 3)
    *--top = 0xFFFFFFFD;
#endif
    for (uint32_t r = 11; r >= 4; r--)
        *--top = r * 0x01010101u;
#if PORT == 1
    *--top = 2; /* CONTROL */
#endif
#if PORT == 2
    *--top = 0xFFFFFFFD;
#endif
    return top;
}

/* PendSV saves and restores by these; r0 is the stack pointer. */
#if PORT == 2
#ifdef __ARM_FP
#define SAVE "stmdb r0!, {r4-r11}\n\t tst lr, #16\n\t it eq\n\t vstmdbeq r0!, {s16-s31}\n\t stmdb r0!, {lr}\n\t"
#define RESTORE "ldmia r0!, {lr}\n\t tst lr, #16\n\t it eq\n\t vldmiaeq r0!, {s16-s31}\n\t ldmia r0!, {r4-r11}\n\t"
#else
#define SAVE "stmdb r0!, {r4-r11}\n\t stmdb r0!, {lr}\n\t"
#define RESTORE "ldmia r0!, {lr}\n\t ldmia r0!, {r4-r11}\n\t"
#endif
#else
#ifdef __ARM_FP
#define SAVE_FP "tst lr, #16\n\t it eq\n\t vstmdbeq r0!, {s16-s31}\n\t"
#define RESTORE_FP "tst lr, #16\n\t it eq\n\t vldmiaeq r0!, {s16-s31}\n\t"
#define LINK ", lr"
#else
#define SAVE_FP
#define RESTORE_FP
#define LINK
#endif
#if PORT == 1
#define SAVE SAVE_FP "mrs r1, control\n\t stmdb r0!, {r1, r4-r11" LINK "}\n\t"
#define RESTORE "ldmia r0!, {r1, r4-r11" LINK "}\n\t msr control, r1\n\t" RESTORE_FP
#else
#define SAVE SAVE_FP "stmdb r0!, {r4-r11" LINK "}\n\t"
#define RESTORE "ldmia r0!, {r4-r11" LINK "}\n\t" RESTORE_FP
#endif
#endif
