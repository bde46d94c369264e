/* Programs MPU maps and attempts accesses, as the table in section .cases says; prints one line an access.

   The program itself lives in the first 64 KiB (low.ld); the table's author keeps that area usable in each map. The
   table is built by support/mpu_program.py. */
#include "console.h"
#include "faults.h"

enum { UNPRIVILEGED = 1, FAULTMASKED = 2, MEMORY = 4, ESCALATES = 8 };

struct access {
    uint8_t operation, flags;
    uint16_t reserved;
    uint32_t address, value;
};

struct map {
    uint32_t ctrl, access_count;
    struct { uint32_t rbar, rasr; } region[8];
    struct access accesses[];
};

extern const uint32_t case_table[];

PROBE(load_byte, "ldrb r0, [r0]")
PROBE(load_half, "ldrh r0, [r0]")
PROBE(load_word, "ldr.w r0, [r0]")
PROBE(load_signed_byte, "ldrsb r0, [r0]")
PROBE(load_signed_half, "ldrsh r0, [r0]")
PROBE(store_byte, "strb r1, [r0]")
PROBE(store_half, "strh r1, [r0]")
PROBE(store_word, "str r1, [r0]")
PROBE(load_byte_t, "ldrbt r0, [r0]")
PROBE(load_half_t, "ldrht r0, [r0]")
PROBE(load_word_t, "ldrt r0, [r0]")
PROBE(store_byte_t, "strbt r1, [r0]")
PROBE(store_half_t, "strht r1, [r0]")
PROBE(store_word_t, "strt r1, [r0]")
PROBE(fetch, "push {r4, lr}\n\torr r0, #1\n\tblx r0\n\tpop {r4, pc}")
PROBE(load_dual, "ldrd r2, r3, [r0]\n\teor r0, r2, r3")
PROBE(store_dual, "strd r1, r2, [r0]")
PROBE(load_multiple, "ldm r0, {r1, r2, r3}\n\teor r0, r1, r2\n\teor r0, r3")
PROBE(store_multiple, "stm r0, {r0, r1, r2}")

/* The order is that of OPERATIONS in support/mpu_program.py; 14 and 15 differ in the stub they branch to. */
static const attempted operations[] = {
    load_byte, load_half, load_word, load_signed_byte, load_signed_half, store_byte, store_half, store_word,
    load_byte_t, load_half_t, load_word_t, store_byte_t, store_half_t, store_word_t, fetch, fetch,
    load_dual, store_dual, load_multiple, store_multiple,
};
enum { FETCH_16 = 14, FETCH_32 = 15 };

static void prepare(const struct access *access)
{
    uint8_t *bytes = (uint8_t *)(access->address & ~3u) - 8;
    for (unsigned i = 0; i < 28; i++)
        bytes[i] = (uint8_t)(access->value >> (i & 3) * 8) ^ (uint8_t)(i * 37);
    uint16_t *stub = (uint16_t *)(access->address & ~1u);
    if (access->operation == FETCH_32) {
        *stub++ = 0xF04F; /* mov.w r0, #0x55: one instruction of two halfwords, either of which may be denied */
        *stub++ = 0x0055;
    }
    if (access->operation == FETCH_16 || access->operation == FETCH_32)
        *stub = 0x4770;   /* bx lr */
}

static uint32_t digest(const struct access *access)
{
    const uint8_t *bytes = (const uint8_t *)(access->address & ~3u) - 8;
    uint32_t hash = 0x811C9DC5;
    for (unsigned i = 0; i < 28; i++)
        hash = (hash ^ bytes[i]) * 0x01000193;
    return hash;
}

static uint32_t perform(const struct access *access, uint32_t ctrl)
{
    SCB_SHCSR = access->flags & ESCALATES ? 0 : 0x70000;
    MPU_CTRL = ctrl;
    BARRIER();
    if (access->flags & FAULTMASKED)
        WRITE_SPECIAL(faultmask, 1);
    if (access->flags & UNPRIVILEGED)
        WRITE_SPECIAL(control, 1);
    uint32_t result = attempt(operations[access->operation], access->address, access->value, ~access->value);
    if (access->flags & UNPRIVILEGED)
        become_privileged();
    if (access->flags & FAULTMASKED)
        WRITE_SPECIAL(faultmask, 0);
    MPU_CTRL = 0;
    BARRIER();
    return result;
}

static void show(int map, int number, const struct access *access, uint32_t result)
{
    print("%d.%d %x result=%x", map, number, access->address, result);
    if (fault.count) {
        print(" exception=%d cfsr=%x hfsr=%x", fault.exception, fault.cfsr, fault.hfsr);
        if (fault.cfsr & 0x80)
            print(" mmfar=%x", fault.mmfar);
        if (fault.cfsr & 0x8000)
            print(" bfar=%x", fault.bfar);
        if (access->operation == FETCH_16 || access->operation == FETCH_32)
            print(" pc=%x", fault.frame[6]);
    }
    if (access->flags & MEMORY)
        print(" memory=%x", digest(access));
    print("\n");
}

int main(void)
{
    const uint32_t *word = case_table;
    int maps = (int)*word++;
    for (int m = 0; m < maps; m++) {
        const struct map *map = (const struct map *)word;
        for (unsigned r = 0; r < 8; r++) {
            MPU_RNR = r;
            MPU_RBAR = map->region[r].rbar;
            MPU_RASR = map->region[r].rasr;
        }
        for (unsigned a = 0; a < map->access_count; a++) {
            struct access access = map->accesses[a]; /* on the stack: the table may be out of reach under the map */
            clear_fault();
            if (access.flags & MEMORY)
                prepare(&access);
            show(m, (int)a, &access, perform(&access, map->ctrl));
        }
        word = (const uint32_t *)&map->accesses[map->access_count];
    }
    return 0;
}
