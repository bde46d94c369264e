/* Orders of bytes. */

#ifndef _ENDIAN_H_
#define _ENDIAN_H_

#include <sys/endian.h>

#endif
