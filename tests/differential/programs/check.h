/* What every program here uses: checksums, checks and a generator of test data. */
#pragma once
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

static int failures;
static uint32_t checksum = 2166136261u;
static uint32_t random_state = 12345;

/* Keeps the compiler from computing the value at build time. */
#define OPAQUE(value) ({ __auto_type opaque_ = (value); __asm__ volatile("" : "+m"(opaque_)); opaque_; })

#define CHECK(condition) \
    do { \
        if (!(condition)) { \
            failures++; \
            printf("failed: %s, line %d\n", #condition, __LINE__); \
        } \
    } while (0)

static inline void mix(uint32_t word)
{
    for (int shift = 0; shift < 32; shift += 8)
        checksum = (checksum ^ (word >> shift & 0xFF)) * 16777619u;
}

static inline void mix64(uint64_t value)
{
    mix((uint32_t)value);
    mix((uint32_t)(value >> 32));
}

static inline void mix_bytes(const void *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++)
        checksum = (checksum ^ ((const uint8_t *)bytes)[i]) * 16777619u;
}

static inline uint32_t next_random(void)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 17;
    random_state ^= random_state << 5;
    return random_state;
}

/* Print the checksum so far under a name, and begin a new one. */
static inline void section(const char *name)
{
    printf("%-24s %08lx\n", name, (unsigned long)checksum);
    checksum = 2166136261u;
}

/* What main returns. */
static inline int verdict(void)
{
    printf("%d failures\n", failures);
    return failures ? 1 : 0;
}
