/* File offsets and the like have 64 bits, as RTEMS's have; newlib's default for ARM is less. libc itself only sees the low layers. */

#ifndef _MACHINE__TYPES_H
#define _MACHINE__TYPES_H

#include <machine/_default_types.h>

#ifndef RTEMS_SHIM_LIBC_VIEW
typedef __int64_t _off_t;
#define __machine_off_t_defined
typedef __uint64_t __dev_t;
#define __machine_dev_t_defined
typedef __uint64_t __ino_t;
#define __machine_ino_t_defined
#define _CLOCK_T_ __uint64_t
#define __machine_clock_t_defined

/* A program's call has a 64-bit offset, the C library's own one of 32 bits: they are two functions. */
#pragma redefine_extname _lseek_r rtems_shim_lseek_r
#pragma redefine_extname fseeko rtems_shim_fseeko
#pragma redefine_extname ftello rtems_shim_ftello
#endif

#endif
