/* What the kernels of the benchmarks need of the System Control Space: PendSV, priorities, the MPU's regions. */

#include <stdint.h>

#define REGISTER(address) (*(volatile uint32_t *)(address))
#define ICSR REGISTER(0xE000ED04)
#define SHPR3 REGISTER(0xE000ED20)
#define MPU_CTRL REGISTER(0xE000ED94)
#define MPU_RBAR REGISTER(0xE000ED9C)
#define MPU_RASR REGISTER(0xE000EDA0)
#define READ_EXECUTE (6u << 24 | 2u << 16)
#define READ_WRITE (3u << 24 | 1u << 28 | 3u << 16)
#define NO_ACCESS (1u << 28 | 3u << 16)

static void set_region(uint32_t region, const void *base, uint32_t attributes, uint32_t log2_size)
{
    MPU_RBAR = (uint32_t)base | 16 | region;
    MPU_RASR = attributes | (log2_size - 1) << 1 | 1;
}
