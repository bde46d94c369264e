/*
 * The calls of the thread-stack-protection work of 2020. Here the kernel protects the stacks itself, from the beginning
 * of their threads on, so that these calls have nothing to change: they say whether what is asked for is so.
 */

#ifndef _RTEMS_SCORE_MEMORYPROTECTION_H
#define _RTEMS_SCORE_MEMORYPROTECTION_H

#include <stddef.h>
#include <stdint.h>

#include <rtems.h>

#ifdef __cplusplus
extern "C" {
#endif

#define RTEMS_NO_ACCESS 0x00
#define RTEMS_READ_ONLY 0x01
#define RTEMS_WRITE_ONLY 0x02
#define RTEMS_READ_WRITE (RTEMS_READ_ONLY | RTEMS_WRITE_ONLY)
#define RTEMS_MEMORY_CACHED 0x04

/* The names of its first version. */
#define NO_ACCESS RTEMS_NO_ACCESS
#define READ_ONLY RTEMS_READ_ONLY
#define READ_WRITE RTEMS_READ_WRITE
#define MEMORY_CACHED RTEMS_MEMORY_CACHED

/* RTEMS_SUCCESSFUL for another thread's stack, which the caller cannot use; RTEMS_NOT_IMPLEMENTED for other memory. */
rtems_status_code rtems_shim_memory_protection(uintptr_t, size_t, uint32_t);

#define _Memory_protection_Set_entries(begin, size, flags) \
  rtems_shim_memory_protection((uintptr_t) (begin), (size), (flags))
#define _Memory_protection_Unset_entries(begin, size) \
  rtems_shim_memory_protection((uintptr_t) (begin), (size), RTEMS_NO_ACCESS)

#ifdef __cplusplus
}
#endif

#endif
