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

/* Round robin over `threads`, for kernels whose order is of no interest here. */
#define THREADS 6
static volatile uint8_t is_blocked[THREADS];
static volatile uint32_t turn;

static inline uint32_t next_turn(void)
{
    do
        turn = (turn + 1) % THREADS;
    while (is_blocked[turn]);
    return turn;
}

/* PendSV saves on the stack, and puts the stack pointer at `offset` of what `current` leads to; `choose` changes that.
   SVC lets the first thread begin. */
#define SWITCH_ON_STACK(current, offset, choose) \
    __attribute__((naked)) void PendSV_Handler(void) \
    { \
        __asm__ volatile("mrs r0, psp\n\t" SAVE "ldr r3, =" #current "\n\t ldr r2, [r3]\n\t str r0, [r2, #" #offset "]\n\t" \
                         "push {r3, lr}\n\t bl " #choose "\n\t pop {r3, lr}\n\t" \
                         "ldr r2, [r3]\n\t ldr r0, [r2, #" #offset "]\n\t" RESTORE "msr psp, r0\n\t bx lr\n\t .pool"); \
    } \
    __attribute__((naked)) void SVC_Handler(void) \
    { \
        __asm__ volatile("ldr r3, =" #current "\n\t ldr r2, [r3]\n\t ldr r0, [r2, #" #offset "]\n\t mvn lr, #2\n\t" RESTORE \
                         "msr psp, r0\n\t mvn lr, #2\n\t bx lr\n\t .pool"); \
    }

static inline void begin(void)
{
    SHPR3 |= 0xFFu << 16;
    __asm__ volatile("svc 0" ::: "memory");
}

/* The thread whose turn it is does not go on until somebody says so. */
__attribute__((noinline, unused)) static void wait(void)
{
    is_blocked[turn] = 1;
    request_switch();
}

#ifdef __ARM_FP
#define USE_FPU() __asm__ volatile("vmov.f32 s0, #3.0\n\t vmov.f32 s20, #2.5" ::: "s0", "s20")
#else
#define USE_FPU() (void)0
#endif
