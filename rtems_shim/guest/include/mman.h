/* See sys/mman.h. */

#ifndef _MMAN_H
#define _MMAN_H

#include <sys/mman.h>

#endif
