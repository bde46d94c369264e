/* The compiler's atomic operations on bytes, halfwords and words, and the exclusive monitor beneath them. */
#include "check.h"
#include <stdatomic.h>

static _Atomic uint8_t byte;
static _Atomic uint16_t half;
static _Atomic uint32_t word;

#define EXERCISE(variable, type) \
    do { \
        for (uint32_t i = 0; i < 40; i++) { \
            type v = (type)next_random(); \
            mix(atomic_fetch_add(&variable, v)); mix(atomic_fetch_sub(&variable, (type)(v >> 1))); \
            mix(atomic_fetch_or(&variable, (type)(v & 0x5A))); mix(atomic_fetch_and(&variable, (type)~(v >> 3))); \
            mix(atomic_fetch_xor(&variable, v)); mix(atomic_exchange(&variable, (type)(v + i))); \
            type expected = i & 1 ? (type)(v + i) : (type)~(v + i); \
            mix(atomic_compare_exchange_strong(&variable, &expected, (type)(v * 3))); \
            mix(expected); mix(atomic_load(&variable)); \
        } \
    } while (0)

static uint32_t load_exclusive(volatile uint32_t *address)
{
    uint32_t value;
    __asm__ volatile("ldrex %0, [%1]" : "=r"(value) : "r"(address) : "memory");
    return value;
}

static uint32_t store_exclusive(volatile uint32_t *address, uint32_t value)
{
    uint32_t failed;
    __asm__ volatile("strex %0, %1, [%2]" : "=&r"(failed) : "r"(value), "r"(address) : "memory");
    return failed;
}

int main(void)
{
    EXERCISE(byte, uint8_t);
    section("bytes");
    EXERCISE(half, uint16_t);
    section("halfwords");
    EXERCISE(word, uint32_t);
    section("words");
    static volatile uint32_t cell = 5;
    CHECK(store_exclusive(&cell, 9) == 1 && cell == 5);
    CHECK(load_exclusive(&cell) == 5 && store_exclusive(&cell, 6) == 0 && cell == 6);
    CHECK(store_exclusive(&cell, 7) == 1 && cell == 6);
    load_exclusive(&cell);
    __asm__ volatile("clrex");
    CHECK(store_exclusive(&cell, 8) == 1 && cell == 6);
    atomic_flag flag = ATOMIC_FLAG_INIT;
    CHECK(!atomic_flag_test_and_set(&flag) && atomic_flag_test_and_set(&flag));
    atomic_thread_fence(memory_order_seq_cst);
    return verdict();
}
