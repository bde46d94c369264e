/* Formats for file modes. */

#ifndef _PRIMODE_H
#define _PRIMODE_H

#include <inttypes.h>

#define PRIomode_t PRIo32
#define PRIxmode_t PRIx32

#endif
