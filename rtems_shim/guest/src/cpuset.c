/* Processor sets of a size that the program chooses. */

#include <stdlib.h>
#include <string.h>
#include <sys/cpuset.h>

cpu_set_t *__cpuset_alloc(int count)
{
  return count <= 0 ? NULL : calloc(1, CPU_ALLOC_SIZE((size_t) count));
}

void __cpuset_free(cpu_set_t *set)
{
  free(set);
}

int __cpuset_count_s(size_t size, const cpu_set_t *set)
{
  int count = 0;
  size_t word;

  for (word = 0; word < size / sizeof(long); ++word) {
    count += __builtin_popcountl(set->bits[word]);
  }
  return count;
}

int __cpuset_equal_s(size_t size, const cpu_set_t *a, const cpu_set_t *b)
{
  return memcmp(a, b, size) == 0;
}

void __cpuset_zero_s(size_t size, cpu_set_t *set)
{
  memset(set, 0, size);
}

void __cpuset_fill_s(size_t size, cpu_set_t *set)
{
  memset(set, 0xFF, size);
}
