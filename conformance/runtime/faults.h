/* Attempts that may fault: what the fault handlers saw, and the way back to where the attempt began. */
#pragma once
#include <stdint.h>

struct fault {
    uint32_t count;      /* faults since the record was cleared; the fields below are the first one's */
    uint32_t exception;  /* IPSR in the handler */
    uint32_t cfsr, hfsr, dfsr, mmfar, bfar;
    uint32_t exc_return;
    uint32_t frame[8];   /* r0-r3, r12, lr, pc, xPSR as stacked */
    uint32_t sp;         /* the address of the frame */
};
extern struct fault fault;

/* What attempt() returns when the function faulted. */
#define FAULTED 0xFA17FA17u

typedef uint32_t (*attempted)(uint32_t, uint32_t, uint32_t);

/* Call f(a, b, c) and return its result. If it faults in any way, return FAULTED with the details in `fault`: the
   handlers make the core privileged, clear the status registers and come back with this call's SP and CONTROL. */
uint32_t attempt(attempted f, uint32_t a, uint32_t b, uint32_t c);

/* When set: called by the fault handlers with the frame before anything else. A result other than 0 means that the cause
   is mended: the handler returns to the faulting instruction and records nothing. */
extern int (*fault_mend)(uint32_t *frame);

/* A function of one or few instructions to attempt: r0-r2 are the arguments, r0 the result. */
#define PROBE(name, text) \
    __attribute__((naked, unused)) static uint32_t name(uint32_t a, uint32_t b, uint32_t c) \
    { (void)a, (void)b, (void)c; __asm__(text "\n\tbx lr"); }

/* Attempt a probe and print its line. */
#define TRY(label, f, a, b) report(label, attempt(f, (uint32_t)(a), (uint32_t)(b), 0))

/* The same, unprivileged. */
#define TRY_UNPRIVILEGED(label, f, a, b) \
    do { \
        WRITE_SPECIAL(control, 1); \
        uint32_t result_ = attempt(f, (uint32_t)(a), (uint32_t)(b), 0); \
        become_privileged(); \
        report(label, result_); \
    } while (0)

/* Forget the recorded fault. */
void clear_fault(void);

/* Print one line: the label, the result and what was recorded; addresses only when their valid bits are set. */
void report(const char *label, uint32_t result);

/* Enable MemManage, BusFault and UsageFault (SHCSR). */
void enable_fault_handlers(void);

/* Thread mode becomes privileged: works from unprivileged code, by SVC (this file's SVC_Handler). */
void become_privileged(void);

#define REGISTER(address) (*(volatile uint32_t *)(address))
#define SCB_ICSR REGISTER(0xE000ED04)
#define SCB_VTOR REGISTER(0xE000ED08)
#define SCB_AIRCR REGISTER(0xE000ED0C)
#define SCB_SCR REGISTER(0xE000ED10)
#define SCB_CCR REGISTER(0xE000ED14)
#define SCB_SHPR1 REGISTER(0xE000ED18)
#define SCB_SHPR2 REGISTER(0xE000ED1C)
#define SCB_SHPR3 REGISTER(0xE000ED20)
#define SCB_SHCSR REGISTER(0xE000ED24)
#define SCB_CFSR REGISTER(0xE000ED28)
#define SCB_HFSR REGISTER(0xE000ED2C)
#define SCB_DFSR REGISTER(0xE000ED30)
#define SCB_MMFAR REGISTER(0xE000ED34)
#define SCB_BFAR REGISTER(0xE000ED38)
#define SCB_CPACR REGISTER(0xE000ED88)
#define MPU_TYPE REGISTER(0xE000ED90)
#define MPU_CTRL REGISTER(0xE000ED94)
#define MPU_RNR REGISTER(0xE000ED98)
#define MPU_RBAR REGISTER(0xE000ED9C)
#define MPU_RASR REGISTER(0xE000EDA0)
#define NVIC_ISER0 REGISTER(0xE000E100)
#define NVIC_ICER0 REGISTER(0xE000E180)
#define NVIC_ISPR0 REGISTER(0xE000E200)
#define NVIC_ICPR0 REGISTER(0xE000E280)
#define NVIC_IABR0 REGISTER(0xE000E300)
#define NVIC_IPR(n) (*(volatile uint8_t *)(0xE000E400 + (n)))
#define NVIC_STIR REGISTER(0xE000EF00)
#define FPU_FPCCR REGISTER(0xE000EF34)
#define FPU_FPCAR REGISTER(0xE000EF38)
#define FPU_FPDSCR REGISTER(0xE000EF3C)

#define BARRIER() __asm__ volatile("dsb\n\tisb" ::: "memory")
#define READ_SPECIAL(name) \
    ({ uint32_t value_; __asm__ volatile("mrs %0, " #name : "=r"(value_) :: "memory"); value_; })
#define WRITE_SPECIAL(name, value) __asm__ volatile("msr " #name ", %0\n\tisb" :: "r"(value) : "memory")

/* MPU_RASR: size as a power of two, AP and XN; enabled, normal memory. */
#define RASR(log2_size, ap, xn) ((uint32_t)(xn) << 28 | (uint32_t)(ap) << 24 | 0x00020000u | ((log2_size) - 1) << 1 | 1)
