/* Numbers in an order of bytes: of the processor, which is little, to others and back; and to bytes, as BSD has them. */

#ifndef _SYS_ENDIAN_H_
#define _SYS_ENDIAN_H_

#include <machine/endian.h>
#include <stdint.h>

#define bswap16(x) __bswap16(x)
#define bswap32(x) __bswap32(x)
#define bswap64(x) __bswap64(x)

#define htobe16(x) bswap16(x)
#define htole16(x) ((uint16_t) (x))
#define be16toh(x) bswap16(x)
#define le16toh(x) ((uint16_t) (x))
#define htobe32(x) bswap32(x)
#define htole32(x) ((uint32_t) (x))
#define be32toh(x) bswap32(x)
#define le32toh(x) ((uint32_t) (x))
#define htobe64(x) bswap64(x)
#define htole64(x) ((uint64_t) (x))
#define be64toh(x) bswap64(x)
#define le64toh(x) ((uint64_t) (x))

#ifdef __cplusplus
extern "C" {
#endif

static inline uint16_t be16dec(const void *data)
{
  uint16_t value;
  __builtin_memcpy(&value, data, sizeof(value));
  return be16toh(value);
}

static inline void be16enc(void *data, uint16_t value)
{
  value = htobe16(value);
  __builtin_memcpy(data, &value, sizeof(value));
}

static inline uint16_t le16dec(const void *data)
{
  uint16_t value;
  __builtin_memcpy(&value, data, sizeof(value));
  return le16toh(value);
}

static inline void le16enc(void *data, uint16_t value)
{
  value = htole16(value);
  __builtin_memcpy(data, &value, sizeof(value));
}

static inline uint32_t be32dec(const void *data)
{
  uint32_t value;
  __builtin_memcpy(&value, data, sizeof(value));
  return be32toh(value);
}

static inline void be32enc(void *data, uint32_t value)
{
  value = htobe32(value);
  __builtin_memcpy(data, &value, sizeof(value));
}

static inline uint32_t le32dec(const void *data)
{
  uint32_t value;
  __builtin_memcpy(&value, data, sizeof(value));
  return le32toh(value);
}

static inline void le32enc(void *data, uint32_t value)
{
  value = htole32(value);
  __builtin_memcpy(data, &value, sizeof(value));
}

static inline uint64_t be64dec(const void *data)
{
  uint64_t value;
  __builtin_memcpy(&value, data, sizeof(value));
  return be64toh(value);
}

static inline void be64enc(void *data, uint64_t value)
{
  value = htobe64(value);
  __builtin_memcpy(data, &value, sizeof(value));
}

static inline uint64_t le64dec(const void *data)
{
  uint64_t value;
  __builtin_memcpy(&value, data, sizeof(value));
  return le64toh(value);
}

static inline void le64enc(void *data, uint64_t value)
{
  value = htole64(value);
  __builtin_memcpy(data, &value, sizeof(value));
}

#ifdef __cplusplus
}
#endif

#endif
