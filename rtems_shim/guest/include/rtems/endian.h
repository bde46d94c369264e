/* Numbers in bytes, in either order. */

#ifndef _RTEMS_ENDIAN_H
#define _RTEMS_ENDIAN_H

#include <stdint.h>

#include <machine/endian.h>

#ifndef _BYTEORDER_FUNC_DEFINED
#define _BYTEORDER_FUNC_DEFINED
#define htonl(x) __htonl(x)
#define htons(x) __htons(x)
#define ntohl(x) __ntohl(x)
#define ntohs(x) __ntohs(x)
#endif

#define NTOHS(x) (x) = ntohs(x)
#define HTONS(x) (x) = htons(x)
#define NTOHL(x) (x) = ntohl(x)
#define HTONL(x) (x) = htonl(x)

#ifdef __cplusplus
extern "C" {
#endif

static inline uint16_t rtems_uint16_from_little_endian(const uint8_t *data)
{
  uint16_t value = 0;
  int index;

  for (index = 0; index < 2; ++index) {
    value = (uint16_t) (value << 8 | data[1 - index]);
  }
  return value;
}

static inline void rtems_uint16_to_little_endian(uint16_t value, uint8_t *data)
{
  int index;

  for (index = 1; index >= 0; --index) {
    data[1 - index] = (uint8_t) value;
    value = (uint16_t) (value >> 8);
  }
}

static inline uint16_t rtems_uint16_from_big_endian(const uint8_t *data)
{
  uint16_t value = 0;
  int index;

  for (index = 0; index < 2; ++index) {
    value = (uint16_t) (value << 8 | data[index]);
  }
  return value;
}

static inline void rtems_uint16_to_big_endian(uint16_t value, uint8_t *data)
{
  int index;

  for (index = 1; index >= 0; --index) {
    data[index] = (uint8_t) value;
    value = (uint16_t) (value >> 8);
  }
}

static inline uint32_t rtems_uint32_from_little_endian(const uint8_t *data)
{
  uint32_t value = 0;
  int index;

  for (index = 0; index < 4; ++index) {
    value = (uint32_t) (value << 8 | data[3 - index]);
  }
  return value;
}

static inline void rtems_uint32_to_little_endian(uint32_t value, uint8_t *data)
{
  int index;

  for (index = 3; index >= 0; --index) {
    data[3 - index] = (uint8_t) value;
    value = (uint32_t) (value >> 8);
  }
}

static inline uint32_t rtems_uint32_from_big_endian(const uint8_t *data)
{
  uint32_t value = 0;
  int index;

  for (index = 0; index < 4; ++index) {
    value = (uint32_t) (value << 8 | data[index]);
  }
  return value;
}

static inline void rtems_uint32_to_big_endian(uint32_t value, uint8_t *data)
{
  int index;

  for (index = 3; index >= 0; --index) {
    data[index] = (uint8_t) value;
    value = (uint32_t) (value >> 8);
  }
}

static inline uint64_t rtems_uint64_from_little_endian(const uint8_t *data)
{
  uint64_t value = 0;
  int index;

  for (index = 0; index < 8; ++index) {
    value = (uint64_t) (value << 8 | data[7 - index]);
  }
  return value;
}

static inline void rtems_uint64_to_little_endian(uint64_t value, uint8_t *data)
{
  int index;

  for (index = 7; index >= 0; --index) {
    data[7 - index] = (uint8_t) value;
    value = (uint64_t) (value >> 8);
  }
}

static inline uint64_t rtems_uint64_from_big_endian(const uint8_t *data)
{
  uint64_t value = 0;
  int index;

  for (index = 0; index < 8; ++index) {
    value = (uint64_t) (value << 8 | data[index]);
  }
  return value;
}

static inline void rtems_uint64_to_big_endian(uint64_t value, uint8_t *data)
{
  int index;

  for (index = 7; index >= 0; --index) {
    data[index] = (uint8_t) value;
    value = (uint64_t) (value >> 8);
  }
}

#ifdef __cplusplus
}
#endif

#endif
