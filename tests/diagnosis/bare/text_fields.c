/* Fields of a line are copied into a record, one after the other. */

#include <string.h>

#include "board.h"

static unsigned fields;

static void copy_field(const char *from, unsigned length)
{
  char field[12];

  memcpy(field, from, length);
  field[length] = '\0';
  print(field);
  print("\n");
  ++fields;
}

static void split(const char *line)
{
  const char *start = line;

  for (;; ++line) {
    if (*line == ',' || *line == '\0') {
      copy_field(start, (unsigned) (line - start));
      start = line + 1;
      if (*line == '\0') {
        return;
      }
    }
  }
}

int main(void)
{
  split("12,ambient,21.5");
  split("13,condenser coil,40.2");
  print_number("fields ", fields);
  return 0;
}
