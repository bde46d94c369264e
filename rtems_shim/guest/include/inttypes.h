/* newlib has the formats of 64-bit types only where it declared the types itself. Where the compiler's own <stdint.h>
   comes first, as in Debian's package, it does not. */

#ifndef _RTEMS_SHIM_INTTYPES_H
#define _RTEMS_SHIM_INTTYPES_H

#include <sys/_stdint.h>

#include_next <inttypes.h>

#endif
