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
#define CPU_ANDNOT(to, a, b) ((to)->bits[0] = (a)->bits[0] & ~(b)->bits[0])

/* Programs that know both ask with this one whether CPU_ANDNOT has taken the place of the older CPU_NAND. */
#define __BIT_ANDNOT2(size, to, a, b) CPU_ANDNOT(to, a, b)

/* Sets of any size: as many words as there must be. */
#define _NCPUBITS (sizeof(long) * 8)
#define _NCPUWORDS 1
#define CPU_ALLOC_SIZE(count) (((count) + _NCPUBITS - 1) / _NCPUBITS * sizeof(long))
#define CPU_ALLOC(count) __cpuset_alloc(count)
#define CPU_FREE(set) __cpuset_free(set)

cpu_set_t *__cpuset_alloc(int count);
void __cpuset_free(cpu_set_t *set);
int __cpuset_count_s(size_t size, const cpu_set_t *set);
int __cpuset_equal_s(size_t size, const cpu_set_t *a, const cpu_set_t *b);
void __cpuset_zero_s(size_t size, cpu_set_t *set);
void __cpuset_fill_s(size_t size, cpu_set_t *set);

#define CPU_ZERO_S(size, set) __cpuset_zero_s(size, set)
#define CPU_FILL_S(size, set) __cpuset_fill_s(size, set)
#define CPU_COUNT_S(size, set) __cpuset_count_s(size, set)
#define CPU_EQUAL_S(size, a, b) __cpuset_equal_s(size, a, b)
#define CPU_SET_S(cpu, size, set) ((void) (size), (set)->bits[(cpu) / _NCPUBITS] |= 1UL << ((cpu) % _NCPUBITS))
#define CPU_CLR_S(cpu, size, set) ((void) (size), (set)->bits[(cpu) / _NCPUBITS] &= ~(1UL << ((cpu) % _NCPUBITS)))
#define CPU_ISSET_S(cpu, size, set) ((void) (size), ((set)->bits[(cpu) / _NCPUBITS] >> ((cpu) % _NCPUBITS)) & 1UL)

#ifdef __cplusplus
}
#endif

#endif
