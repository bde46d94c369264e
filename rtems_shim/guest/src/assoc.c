/* Association tables: rows up to one without a name; where none fits the default row, if there is one, does. */

#include <stdio.h>
#include <string.h>

#include <rtems/assoc.h>

static const rtems_assoc_t *default_of(const rtems_assoc_t *table)
{
  return table->name != NULL && strcmp(table->name, RTEMS_ASSOC_DEFAULT_NAME) == 0 ? table : NULL;
}

/* The default row is not looked at. */
static const rtems_assoc_t *rows_of(const rtems_assoc_t *table)
{
  return default_of(table) != NULL ? table + 1 : table;
}

const rtems_assoc_t *rtems_assoc_ptr_by_name(const rtems_assoc_t *table, const char *name)
{
  const rtems_assoc_t *row;

  for (row = rows_of(table); row->name != NULL; ++row) {
    if (strcmp(row->name, name) == 0) {
      return row;
    }
  }
  return default_of(table);
}

const rtems_assoc_t *rtems_assoc_ptr_by_local(const rtems_assoc_t *table, uint32_t value)
{
  const rtems_assoc_t *row;

  for (row = rows_of(table); row->name != NULL; ++row) {
    if (row->local_value == value) {
      return row;
    }
  }
  return default_of(table);
}

const rtems_assoc_t *rtems_assoc_ptr_by_remote(const rtems_assoc_t *table, uint32_t value)
{
  const rtems_assoc_t *row;

  for (row = rows_of(table); row->name != NULL; ++row) {
    if (row->remote_value == value) {
      return row;
    }
  }
  return default_of(table);
}

uint32_t rtems_assoc_remote_by_local(const rtems_assoc_t *table, uint32_t value)
{
  const rtems_assoc_t *row = rtems_assoc_ptr_by_local(table, value);

  return row != NULL ? row->remote_value : 0;
}

uint32_t rtems_assoc_local_by_remote(const rtems_assoc_t *table, uint32_t value)
{
  const rtems_assoc_t *row = rtems_assoc_ptr_by_remote(table, value);

  return row != NULL ? row->local_value : 0;
}

uint32_t rtems_assoc_remote_by_name(const rtems_assoc_t *table, const char *name)
{
  const rtems_assoc_t *row = rtems_assoc_ptr_by_name(table, name);

  return row != NULL ? row->remote_value : 0;
}

uint32_t rtems_assoc_local_by_name(const rtems_assoc_t *table, const char *name)
{
  const rtems_assoc_t *row = rtems_assoc_ptr_by_name(table, name);

  return row != NULL ? row->local_value : 0;
}

/* As in RTEMS that is built without RTEMS_DEBUG. */
const char *rtems_assoc_name_bad(uint32_t value)
{
  (void) value;
  return "<assocnamebad.c: : BAD NAME>";
}

const char *rtems_assoc_name_by_local(const rtems_assoc_t *table, uint32_t value)
{
  const rtems_assoc_t *row = rtems_assoc_ptr_by_local(table, value);

  return row != NULL ? row->name : rtems_assoc_name_bad(value);
}

const char *rtems_assoc_name_by_remote(const rtems_assoc_t *table, uint32_t value)
{
  const rtems_assoc_t *row = rtems_assoc_ptr_by_remote(table, value);

  return row != NULL ? row->name : rtems_assoc_name_bad(value);
}

/* Sets of bits: each one for itself. */

typedef uint32_t translation(const rtems_assoc_t *, uint32_t);
typedef const char *naming(const rtems_assoc_t *, uint32_t);

static uint32_t translate(const rtems_assoc_t *table, uint32_t bits, translation *translate_bit)
{
  uint32_t bit, result = 0;

  for (bit = 1; bit != 0; bit <<= 1) {
    if ((bits & bit) != 0) {
      result |= translate_bit(table, bit);
    }
  }
  return result;
}

static char *join(const rtems_assoc_t *table, uint32_t bits, char *buffer, naming *name_bit)
{
  uint32_t bit;

  buffer[0] = '\0';
  for (bit = 1; bit != 0; bit <<= 1) {
    if ((bits & bit) != 0) {
      if (buffer[0] != '\0') {
        strcat(buffer, " ");
      }
      strcat(buffer, name_bit(table, bit));
    }
  }
  return buffer;
}

uint32_t rtems_assoc_remote_by_local_bitfield(const rtems_assoc_t *table, uint32_t bits)
{
  return translate(table, bits, rtems_assoc_remote_by_local);
}

uint32_t rtems_assoc_local_by_remote_bitfield(const rtems_assoc_t *table, uint32_t bits)
{
  return translate(table, bits, rtems_assoc_local_by_remote);
}

char *rtems_assoc_name_by_local_bitfield(const rtems_assoc_t *table, uint32_t bits, char *buffer)
{
  return join(table, bits, buffer, rtems_assoc_name_by_local);
}

char *rtems_assoc_name_by_remote_bitfield(const rtems_assoc_t *table, uint32_t bits, char *buffer)
{
  return join(table, bits, buffer, rtems_assoc_name_by_remote);
}

static size_t append(char *buffer, size_t size, size_t used, const char *text)
{
  const size_t length = strlen(text);

  if (used < size) {
    strlcpy(buffer + used, text, size - used);
  }
  return used + length;
}

/* Returns how long the text is, or would be where the buffer is too small for it. */
size_t rtems_assoc_32_to_string(
  uint32_t value,
  char *buffer,
  size_t size,
  const rtems_assoc_32_pair *pairs,
  size_t count,
  const char *separator,
  const char *fallback
)
{
  size_t used = 0, index;

  if (size > 0) {
    buffer[0] = '\0';
  }
  for (index = 0; index < count; ++index) {
    if ((pairs[index].bits & value) != 0) {
      used = used > 0 ? append(buffer, size, used, separator) : used;
      used = append(buffer, size, used, pairs[index].name);
    }
  }
  return used > 0 ? used : append(buffer, size, 0, fallback);
}
