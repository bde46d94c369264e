/*
 * Atomic operations of three widths, by the compiler's own. The same objects and functions in C and C++.
 */

#ifndef _RTEMS_SCORE_ATOMIC_H
#define _RTEMS_SCORE_ATOMIC_H

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef unsigned int Atomic_Uint;
typedef unsigned long Atomic_Ulong;
typedef uintptr_t Atomic_Uintptr;
typedef bool Atomic_Flag;
typedef int Atomic_Order;

#define ATOMIC_ORDER_RELAXED __ATOMIC_RELAXED
#define ATOMIC_ORDER_ACQUIRE __ATOMIC_ACQUIRE
#define ATOMIC_ORDER_RELEASE __ATOMIC_RELEASE
#define ATOMIC_ORDER_ACQ_REL __ATOMIC_ACQ_REL
#define ATOMIC_ORDER_SEQ_CST __ATOMIC_SEQ_CST

#define ATOMIC_INITIALIZER_UINT(value) (value)
#define ATOMIC_INITIALIZER_ULONG(value) (value)
#define ATOMIC_INITIALIZER_UINTPTR(value) (value)
#define ATOMIC_INITIALIZER_FLAG false

/* Macros, so that an order that is known is the compiler's to use. */

#define _Atomic_Fence(order) __atomic_thread_fence(order)

#define _Atomic_Init_uint(object, desired) __atomic_store_n(object, desired, __ATOMIC_RELAXED)
#define _Atomic_Load_uint(object, order) __atomic_load_n(object, order)
#define _Atomic_Store_uint(object, desired, order) __atomic_store_n(object, desired, order)
#define _Atomic_Fetch_add_uint(object, value, order) __atomic_fetch_add(object, value, order)
#define _Atomic_Fetch_sub_uint(object, value, order) __atomic_fetch_sub(object, value, order)
#define _Atomic_Fetch_or_uint(object, value, order) __atomic_fetch_or(object, value, order)
#define _Atomic_Fetch_and_uint(object, value, order) __atomic_fetch_and(object, value, order)
#define _Atomic_Exchange_uint(object, desired, order) __atomic_exchange_n(object, desired, order)
#define _Atomic_Compare_exchange_uint(object, expected, desired, success, failure) \
  __atomic_compare_exchange_n(object, expected, desired, false, success, failure)

#define _Atomic_Init_ulong(object, desired) __atomic_store_n(object, desired, __ATOMIC_RELAXED)
#define _Atomic_Load_ulong(object, order) __atomic_load_n(object, order)
#define _Atomic_Store_ulong(object, desired, order) __atomic_store_n(object, desired, order)
#define _Atomic_Fetch_add_ulong(object, value, order) __atomic_fetch_add(object, value, order)
#define _Atomic_Fetch_sub_ulong(object, value, order) __atomic_fetch_sub(object, value, order)
#define _Atomic_Fetch_or_ulong(object, value, order) __atomic_fetch_or(object, value, order)
#define _Atomic_Fetch_and_ulong(object, value, order) __atomic_fetch_and(object, value, order)
#define _Atomic_Exchange_ulong(object, desired, order) __atomic_exchange_n(object, desired, order)
#define _Atomic_Compare_exchange_ulong(object, expected, desired, success, failure) \
  __atomic_compare_exchange_n(object, expected, desired, false, success, failure)

#define _Atomic_Init_uintptr(object, desired) __atomic_store_n(object, desired, __ATOMIC_RELAXED)
#define _Atomic_Load_uintptr(object, order) __atomic_load_n(object, order)
#define _Atomic_Store_uintptr(object, desired, order) __atomic_store_n(object, desired, order)
#define _Atomic_Fetch_add_uintptr(object, value, order) __atomic_fetch_add(object, value, order)
#define _Atomic_Fetch_sub_uintptr(object, value, order) __atomic_fetch_sub(object, value, order)
#define _Atomic_Fetch_or_uintptr(object, value, order) __atomic_fetch_or(object, value, order)
#define _Atomic_Fetch_and_uintptr(object, value, order) __atomic_fetch_and(object, value, order)
#define _Atomic_Exchange_uintptr(object, desired, order) __atomic_exchange_n(object, desired, order)
#define _Atomic_Compare_exchange_uintptr(object, expected, desired, success, failure) \
  __atomic_compare_exchange_n(object, expected, desired, false, success, failure)

#define _Atomic_Flag_clear(object, order) __atomic_clear(object, order)
#define _Atomic_Flag_test_and_set(object, order) __atomic_test_and_set(object, order)

#ifdef __cplusplus
}
#endif

#endif
