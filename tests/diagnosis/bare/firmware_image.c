/* A boot loader reads records, one of which carries the name of the image. This is what a customer sends: no symbols. */

#include "board.h"

#include <string.h>

struct record {
  uint8_t type;
  uint8_t length;
  uint8_t bytes[62];
};

static const struct record records[] = {
  { 1, 4, "v1.2" },
  { 2, 16, "application-name" },
  { 2, 60, "application-name-that-somebody-made-far-too-long-to-be-kept" },
  { 0, 0, "" },
};

static volatile uint32_t checksum;

static __attribute__((noinline)) void add(const uint8_t *bytes, unsigned count)
{
  for (unsigned i = 0; i < count; ++i) {
    checksum += bytes[i];
  }
}

static __attribute__((noinline)) void name_record(const struct record *record)
{
  uint8_t name[24];

  memset(name, 0, sizeof name);
  memcpy(name, record->bytes, record->length);
  add(name, sizeof name);
}

static __attribute__((noinline)) void read_records(const struct record *record)
{
  for (; record->type != 0; ++record) {
    if (record->type == 2) {
      name_record(record);
    } else {
      add(record->bytes, record->length);
    }
  }
}

int main(void)
{
  read_records(records);
  print_number("checksum ", (long) checksum);
  return 0;
}
