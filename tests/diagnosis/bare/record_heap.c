/* Records on a bump allocator that grows from the end of .bss towards the stack. */

#include <string.h>

#include "board.h"

extern char end;

static char *next_free;

struct record {
  struct record *next;
  uint32_t number;
  uint8_t bytes[504];
};

static void *allocate(uint32_t size)
{
  void *block = next_free;

  next_free += size;
  return block;
}

static struct record *new_record(struct record *next, uint32_t number)
{
  struct record *record = allocate(sizeof *record);

  record->next = next;
  record->number = number;
  memset(record->bytes, (int) (number & 0xff), sizeof record->bytes);
  return record;
}

static struct record *load(unsigned count)
{
  struct record *list = 0;

  for (unsigned i = 0; i < count; ++i) {
    list = new_record(list, i);
  }
  return list;
}

static uint32_t length(const struct record *list)
{
  uint32_t count = 0;

  for (; list != 0; list = list->next) {
    ++count;
  }
  return count;
}

int main(void)
{
  next_free = &end;
  print_number("first ", (long) length(load(20)));
  print_number("second ", (long) length(load(200)));
  return 0;
}
