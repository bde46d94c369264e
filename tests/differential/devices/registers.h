/* Registers as a driver sees them. */
#pragma once
#include <stdint.h>

#define REG(address) (*(volatile uint32_t *)(address))
#define NVIC_ISER0 REG(0xE000E100)
#define NVIC_ISER1 REG(0xE000E104)
#define NVIC_ICPR0 REG(0xE000E280)

static inline void wait_for_interrupt(void) { __asm__ volatile("wfi"); }
static inline void disable_interrupts(void) { __asm__ volatile("cpsid i" ::: "memory"); }
static inline void enable_interrupts(void) { __asm__ volatile("cpsie i\n isb" ::: "memory"); }
