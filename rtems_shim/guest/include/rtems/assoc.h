/* Tables of what one side calls by a name, the local side by one value and the remote side by another. */

#ifndef _RTEMS_RTEMS_ASSOC_H
#define _RTEMS_RTEMS_ASSOC_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
  const char *name;
  uint32_t local_value;
  uint32_t remote_value;
} rtems_assoc_t;

/* The name of a first row that stands for all that no other row has. */
#define RTEMS_ASSOC_DEFAULT_NAME "(default)"

const rtems_assoc_t *rtems_assoc_ptr_by_name(const rtems_assoc_t *, const char *);
const rtems_assoc_t *rtems_assoc_ptr_by_local(const rtems_assoc_t *, uint32_t);
const rtems_assoc_t *rtems_assoc_ptr_by_remote(const rtems_assoc_t *, uint32_t);

uint32_t rtems_assoc_remote_by_local(const rtems_assoc_t *, uint32_t);
uint32_t rtems_assoc_local_by_remote(const rtems_assoc_t *, uint32_t);
uint32_t rtems_assoc_remote_by_name(const rtems_assoc_t *, const char *);
uint32_t rtems_assoc_local_by_name(const rtems_assoc_t *, const char *);
const char *rtems_assoc_name_by_local(const rtems_assoc_t *, uint32_t);
const char *rtems_assoc_name_by_remote(const rtems_assoc_t *, uint32_t);

uint32_t rtems_assoc_remote_by_local_bitfield(const rtems_assoc_t *, uint32_t);
uint32_t rtems_assoc_local_by_remote_bitfield(const rtems_assoc_t *, uint32_t);
char *rtems_assoc_name_by_local_bitfield(const rtems_assoc_t *, uint32_t, char *);
char *rtems_assoc_name_by_remote_bitfield(const rtems_assoc_t *, uint32_t, char *);
const char *rtems_assoc_name_bad(uint32_t);

typedef struct {
  uint32_t bits;
  const char *name;
} rtems_assoc_32_pair;

size_t rtems_assoc_32_to_string(
  uint32_t value,
  char *buffer,
  size_t size,
  const rtems_assoc_32_pair *pairs,
  size_t count,
  const char *separator,
  const char *fallback
);

#ifdef __cplusplus
}
#endif

#endif
