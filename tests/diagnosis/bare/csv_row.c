/* Splits a row of comma separated values by strtok(). */

#include <string.h>

#include "board.h"

struct field {
  char text[12];
  void (*convert)(const char *text);
};

static volatile uint32_t converted;

static void convert_any(const char *text)
{
  converted += (uint32_t) text[0];
}

static unsigned split(char *row, struct field *fields, unsigned count)
{
  unsigned found = 0;

  for (char *word = strtok(row, ","); word != 0 && found < count; word = strtok(0, ",")) {
    strcpy(fields[found].text, word);
    ++found;
  }
  return found;
}

static void parse(const char *row)
{
  struct field fields[4];

  for (unsigned i = 0; i < 4; ++i) {
    fields[i].convert = convert_any;
  }
  unsigned count = split((char *) row, fields, 4);
  for (unsigned i = 0; i < count; ++i) {
    fields[i].convert(fields[i].text);
  }
}

int main(void)
{
  parse("23.5,1013,48,rain");
  print_number("converted ", (long) converted);
  return 0;
}
