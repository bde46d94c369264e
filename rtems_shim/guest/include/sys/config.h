/*
 * Applications see newlib's RTEMS declarations (__rtems__ is defined), but the libc they link was built without it:
 * struct _reent must keep the layout of that libc.
 */

#include <sys/features.h>

#pragma push_macro("__rtems__")
#undef __rtems__
#include_next <sys/config.h>
#pragma pop_macro("__rtems__")

#if !defined(RTEMS_SHIM_LIBC_VIEW) && !defined(__FILENAME_MAX__)
#define __FILENAME_MAX__ 255
#endif
