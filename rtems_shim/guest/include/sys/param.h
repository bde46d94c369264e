/* newlib's sys/param.h, with the rest of what BSD has there. */

#ifndef _RTEMS_SHIM_SYS_PARAM_H
#define _RTEMS_SHIM_SYS_PARAM_H

#include_next <sys/param.h>

#undef NOFILE
#define NOFILE OPEN_MAX
#define MAXCOMLEN 19
#define MAXLOGNAME 33
#define MAXHOSTNAMELEN 256
#define MAXSYMLINKS 32
#define NGROUPS (NGROUPS_MAX + 1)
#define NODEV ((dev_t) -1)
#define NBPW sizeof(int)
#define NZERO 0

#define nitems(array) (sizeof((array)) / sizeof((array)[0]))
#define powerof2(value) ((((value) - 1) & (value)) == 0)
#define rounddown(value, unit) (((value) / (unit)) * (unit))
#define rounddown2(value, power) ((value) & ~((power) - 1))
#define roundup(value, unit) ((((value) + ((unit) - 1)) / (unit)) * (unit))
#define roundup2(value, power) (((value) + ((power) - 1)) & ~((power) - 1))

/* Bits of an array of bytes. */
#define setbit(bytes, bit) (((unsigned char *) (bytes))[(bit) / NBBY] |= 1 << ((bit) % NBBY))
#define clrbit(bytes, bit) (((unsigned char *) (bytes))[(bit) / NBBY] &= ~(1 << ((bit) % NBBY)))
#define isset(bytes, bit) (((const unsigned char *) (bytes))[(bit) / NBBY] & (1 << ((bit) % NBBY)))
#define isclr(bytes, bit) (isset(bytes, bit) == 0)

#endif
