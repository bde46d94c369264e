/* Compiler helpers under RTEMS's names. */

#ifndef _RTEMS_SCORE_BASEDEFS_H
#define _RTEMS_SCORE_BASEDEFS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <limits.h>

#include <rtems/score/cpuopts.h>

#define RTEMS_INLINE_ROUTINE static inline
#define RTEMS_COMPILER_MEMORY_BARRIER() __asm__ volatile("" ::: "memory")
#define RTEMS_COMPILER_NO_RETURN_ATTRIBUTE __attribute__((noreturn))
#define RTEMS_COMPILER_PURE_ATTRIBUTE __attribute__((pure))
#define RTEMS_COMPILER_DEPRECATED_ATTRIBUTE __attribute__((deprecated))
#define RTEMS_COMPILER_UNUSED_ATTRIBUTE __attribute__((unused))
#define RTEMS_COMPILER_PACKED_ATTRIBUTE __attribute__((packed))
#define RTEMS_NO_RETURN __attribute__((noreturn))
#define RTEMS_NO_INLINE __attribute__((noinline))
#define RTEMS_PURE __attribute__((pure))
#define RTEMS_DEPRECATED __attribute__((deprecated))
#define RTEMS_UNUSED __attribute__((unused))
#define RTEMS_USED __attribute__((used))
#define RTEMS_WEAK __attribute__((weak))
#define RTEMS_PACKED __attribute__((packed))
#define RTEMS_ALIGNED(alignment) __attribute__((aligned(alignment)))
#define RTEMS_SECTION(name) __attribute__((section(name)))
#define RTEMS_PRINTFLIKE(text, first) __attribute__((__format__(__printf__, text, first)))
#define RTEMS_MALLOCLIKE __attribute__((malloc))
#define RTEMS_PREDICT_TRUE(expression) __builtin_expect((expression), 1)
#define RTEMS_PREDICT_FALSE(expression) __builtin_expect((expression), 0)
#define RTEMS_ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))
#define RTEMS_ALIGN_UP(value, alignment) (((value) + (alignment) - 1) & ~((alignment) - 1))
#define RTEMS_ALIGN_DOWN(value, alignment) ((value) & ~((alignment) - 1))
#define RTEMS_CONTAINER_OF(pointer, type, member) \
  ((type *) ((uintptr_t) (pointer) - offsetof(type, member)))
#define RTEMS_DECONST(type, variable) ((type) (uintptr_t) (const void *) (variable))
#define RTEMS_DEVOLATILE(type, variable) ((type) (uintptr_t) (volatile void *) (variable))
#define RTEMS_OBFUSCATE_VARIABLE(variable) __asm__("" : "+r"(variable))
#define RTEMS_UNREACHABLE() __builtin_unreachable()
#define RTEMS_XSTRING(text) RTEMS_STRING(text)
#define RTEMS_STRING(...) #__VA_ARGS__
#define RTEMS_XCONCAT(a, b) RTEMS_CONCAT(a, b)
#define RTEMS_CONCAT(a, b) a##b
#define RTEMS_EXPAND(text) text
#define RTEMS_ZERO_LENGTH_ARRAY
#ifdef __cplusplus
#define RTEMS_STATIC_ASSERT(condition, message) static_assert(condition, #message)
#else
#define RTEMS_STATIC_ASSERT(condition, message) _Static_assert(condition, #message)
#endif
#define RTEMS_DEFINE_GLOBAL_SYMBOL(name, value)

#endif
