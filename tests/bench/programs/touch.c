/* COUNT loads from one word; with SPLIT, regions split its page. */

#include "split.h"
#include <stdint.h>

static volatile uint32_t area[512] __attribute__((aligned(2048)));

int main(void)
{
    uint32_t sum = 0;
    split_page((void *)area);
    for (int i = 0; i < COUNT; i++)
        sum += area[40];
    return sum != 0;
}
