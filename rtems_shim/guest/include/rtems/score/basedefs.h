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
#define RTEMS_CONST __attribute__((const))
#define RTEMS_ALIAS(target) __attribute__((alias(#target)))
#define RTEMS_WEAK_ALIAS(target) __attribute__((weak, alias(#target)))
#define RTEMS_WARN_UNUSED_RESULT __attribute__((warn_unused_result))
#define RTEMS_ALLOC_SIZE(index) __attribute__((alloc_size(index)))
#define RTEMS_ALLOC_SIZE_2(count, size) __attribute__((alloc_size(count, size)))
#define RTEMS_ALLOC_ALIGN(index) __attribute__((alloc_align(index)))
#define RTEMS_FUNCTION_NAME __func__
#define RTEMS_RETURN_ADDRESS() __builtin_return_address(0)
#define RTEMS_FALL_THROUGH() __attribute__((fallthrough))
#define RTEMS_NOINIT RTEMS_SECTION(".noinit")
#define RTEMS_SYMBOL_NAME(name) RTEMS_EXPAND(name)
#ifdef __cplusplus
#define RTEMS_ALIGNOF(type) alignof(type)
#else
#define RTEMS_ALIGNOF(type) _Alignof(type)
#define RTEMS_HAVE_MEMBER_SAME_TYPE(left, left_member, right, right_member) \
  __builtin_types_compatible_p(__typeof(((left *) 0)->left_member), __typeof(((right *) 0)->right_member))
#endif
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
#define RTEMS_DEQUALIFY(type, variable) ((type) (uintptr_t) (const volatile void *) (variable))
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
#define RTEMS_DECLARE_GLOBAL_SYMBOL(name) extern char name[]
#define RTEMS_DEFINE_GLOBAL_SYMBOL(name, value) \
  __asm__( \
    "\t.globl " RTEMS_XSTRING(name) "\n" \
    "\t.set " RTEMS_XSTRING(name) ", " RTEMS_STRING(value) "\n" \
  )

#endif
