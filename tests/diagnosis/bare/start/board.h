/* What the programs use of their boards: the core's registers, a timer, a UART for text. */

#ifndef BOARD_H
#define BOARD_H

#include <stdint.h>

#define REGISTER(address) (*(volatile uint32_t *) (address))

#define SYST_CSR REGISTER(0xE000E010)
#define SYST_RVR REGISTER(0xE000E014)
#define SYST_CVR REGISTER(0xE000E018)
#define NVIC_ISER0 REGISTER(0xE000E100)
#define NVIC_ICER0 REGISTER(0xE000E180)
#define NVIC_ISPR0 REGISTER(0xE000E200)
#define NVIC_IPR(irq) (*(volatile uint8_t *) (0xE000E400 + (irq)))
#define SCB_ICSR REGISTER(0xE000ED04)
#define SCB_VTOR REGISTER(0xE000ED08)
#define SCB_CCR REGISTER(0xE000ED14)
#define SCB_SHPR(exception) (*(volatile uint8_t *) (0xE000ED14 + (exception)))
#define SCB_SHCSR REGISTER(0xE000ED24)
#define SCB_CFSR REGISTER(0xE000ED28)
#define SCB_CPACR REGISTER(0xE000ED88)
#define MPU_CTRL REGISTER(0xE000ED94)
#define MPU_RNR REGISTER(0xE000ED98)
#define MPU_RBAR REGISTER(0xE000ED9C)
#define MPU_RASR REGISTER(0xE000EDA0)

#define CCR_DIV_0_TRP (1u << 4)
#define CCR_UNALIGN_TRP (1u << 3)
#define SHCSR_FAULTS (7u << 16)
#define ICSR_PENDSVSET (1u << 28)

/* The CMSDK timers of the MPS2. */
#define TIMER_CTRL(n) REGISTER(0x40000000 + 0x1000 * (n))
#define TIMER_VALUE(n) REGISTER(0x40000004 + 0x1000 * (n))
#define TIMER_RELOAD(n) REGISTER(0x40000008 + 0x1000 * (n))
#define TIMER_INTCLEAR(n) REGISTER(0x4000000C + 0x1000 * (n))
#define TIMER0_IRQ 8
#define TIMER1_IRQ 9

void uart_init(void);
void print(const char *text);
void print_number(const char *before, long number);
void leave(int status) __attribute__((noreturn));

static inline void timer_start(unsigned timer, uint32_t period)
{
  TIMER_RELOAD(timer) = period;
  TIMER_VALUE(timer) = period;
  TIMER_CTRL(timer) = 1 | 8; /* enabled, with its interrupt */
}

static inline void interrupts_off(void)
{
  __asm volatile("cpsid i" ::: "memory");
}

static inline void interrupts_on(void)
{
  __asm volatile("cpsie i\n\tisb" ::: "memory");
}

static inline void wait_for_interrupt(void)
{
  __asm volatile("wfi" ::: "memory");
}

#endif
