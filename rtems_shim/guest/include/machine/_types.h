/* File offsets have 64 bits, as RTEMS's have; newlib's default for ARM is 32. libc itself only sees the low layers. */

#ifndef _MACHINE__TYPES_H
#define _MACHINE__TYPES_H

#include <machine/_default_types.h>

#ifndef RTEMS_SHIM_LIBC_VIEW
typedef __int64_t _off_t;
#define __machine_off_t_defined
#endif

#endif
