/* Formats for times. */

#ifndef _PRITIME_H
#define _PRITIME_H

#include <inttypes.h>
#include <time.h>

#define PRIdtime_t PRId64
#define PRIxtime_t PRIx64
#define PRItime_t PRId64
#define PRIdblksize_t "ld"
#define PRIdblkcnt_t "ld"

#endif
