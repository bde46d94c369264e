/* Bytes as the letters of base64 and base64url. [RFC 4648] */

#ifndef _RTEMS_BASE64_H
#define _RTEMS_BASE64_H

#include <stddef.h>

#include <rtems/dev/io.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Puts the letters for the bytes, and ``wordbreak`` in front of those that follow more than ``wordlen`` letters of a
 * word; returns how many characters that were.
 */
int _Base64_Encode(IO_Put_char, void *, const void *bytes, size_t size, const char *wordbreak, int wordlen);
int _Base64url_Encode(IO_Put_char, void *, const void *bytes, size_t size, const char *wordbreak, int wordlen);

#ifdef __cplusplus
}
#endif

#endif
