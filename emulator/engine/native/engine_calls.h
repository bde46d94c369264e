/* The functions of the engine that are called here, and the hooks that it calls. There is no link to libunicorn: the
 * functions are addresses taken from the loaded library. */
#ifndef V7M_ENGINE_CALLS_H
#define V7M_ENGINE_CALLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef int (*reg_access)(void *uc, int id, void *value);
typedef int (*reg_batch)(void *uc, const int *ids, void *const *values, int count);
typedef int (*emu_stop)(void *uc);
typedef int (*emu_start)(void *uc, uint64_t begin, uint64_t until, uint64_t timeout, size_t count);
typedef int (*engine_control)(void *uc, int control, ...);
typedef void (*page_flush)(void *processor, uint64_t address);
typedef void (*block_hook)(void *uc, uint64_t address, uint32_t size, void *data);
typedef struct tlb_entry {
    uint64_t paddr;
    int perms;
} tlb_entry;
typedef bool (*fill_hook)(void *uc, uint64_t address, int kind, tlb_entry *entry, void *data);
typedef bool (*window_hook)(void *uc, int kind, uint64_t address, int size, int64_t value, void *data);
typedef uint64_t (*read_hook)(void *uc, uint64_t offset, unsigned size, void *data);
typedef void (*write_hook)(void *uc, uint64_t offset, unsigned size, uint64_t value, void *data);
typedef void (*interrupt_hook)(void *uc, uint32_t number, void *data);
typedef void (*drain)(void);

#endif
