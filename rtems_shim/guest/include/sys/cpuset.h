/* Processor sets: there is one processor. */

#ifndef _SYS_CPUSET_H_
#define _SYS_CPUSET_H_

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

#define CPU_SETSIZE 32

typedef struct {
  unsigned long bits[1];
} cpu_set_t;

#define CPU_ZERO(set) ((set)->bits[0] = 0)
#define CPU_FILL(set) ((set)->bits[0] = ~0UL)
#define CPU_SET(cpu, set) ((set)->bits[0] |= 1UL << (cpu))
#define CPU_CLR(cpu, set) ((set)->bits[0] &= ~(1UL << (cpu)))
#define CPU_ISSET(cpu, set) (((set)->bits[0] >> (cpu)) & 1UL)
#define CPU_COUNT(set) __builtin_popcountl((set)->bits[0])
#define CPU_EQUAL(a, b) ((a)->bits[0] == (b)->bits[0])
#define CPU_COPY(from, to) ((to)->bits[0] = (from)->bits[0])
#define CPU_CMP(a, b) ((a)->bits[0] != (b)->bits[0])
#define CPU_EMPTY(set) ((set)->bits[0] == 0)
#define CPU_AND(to, a, b) ((to)->bits[0] = (a)->bits[0] & (b)->bits[0])
#define CPU_OR(to, a, b) ((to)->bits[0] = (a)->bits[0] | (b)->bits[0])
#define CPU_XOR(to, a, b) ((to)->bits[0] = (a)->bits[0] ^ (b)->bits[0])
#define CPU_NAND(to, a, b) ((to)->bits[0] = ~((a)->bits[0] & (b)->bits[0]))
#define CPU_ALLOC_SIZE(count) sizeof(cpu_set_t)

#ifdef __cplusplus
}
#endif

#endif
