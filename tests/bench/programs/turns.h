/* What the kernels whose threads take turns have in common: their sizes, and a tick. */
#include <stdint.h>

#ifndef STACK_SIZE
#define STACK_SIZE 712
#endif
#ifndef YIELDS
#define YIELDS 1000
#endif
#ifndef WORK
#define WORK 4
#endif
#ifndef TICK
#define TICK 20000
#endif
#define TURNS 4
#define SYSTICK ((volatile uint32_t *)0xE000E010)
