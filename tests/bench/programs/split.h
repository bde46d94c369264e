/* With SPLIT: eight regions, of which two small ones split the page that is given. Without: the same six, no split. */

#include <stdint.h>

static inline void split_page(void *page)
{
    volatile uint32_t *const mpu = (volatile uint32_t *)0xE000ED94;
    const uint32_t address = (uint32_t)page;
    for (uint32_t region = 0; region < 6; region++) {
        mpu[2] = (region & 1 ? 0x20000000u : 0u) | 16 | region;
        mpu[3] = (region & 1 ? 3u << 24 | 1u << 28 : 6u << 24) | 2u << 16 | 21 << 1 | 1;
    }
#ifdef SPLIT
    mpu[2] = address | 16 | 6;
    mpu[3] = 3u << 24 | 4 << 1 | 1; /* executable, unlike the rest */
    mpu[2] = (address + 64) | 16 | 7;
    mpu[3] = 3u << 24 | 4 << 1 | 1; /* executable, unlike the rest */
#else
    (void)address;
#endif
    mpu[0] = 1;
    __asm__ volatile("dsb\n isb" ::: "memory");
}
