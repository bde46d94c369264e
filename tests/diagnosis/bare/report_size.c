/* A report is put together in a buffer of the caller's, whose size is handed over. */

#include "board.h"

#include <stdio.h>
#include <string.h>

struct sensor {
  char report[12];
  const char *unit;
  int32_t value;
};

static struct sensor sensors[2] = { { "", "mbar", 1013 }, { "", "kPa", 101 } };

static void __attribute__((noinline)) make_report(char *to, size_t size, const struct sensor *of)
{
  snprintf(to, size, "%s: %ld, steady", of == sensors ? "indoors" : "outdoors", (long) of->value);
}

static uint32_t __attribute__((noinline)) width(const struct sensor *of)
{
  return strlen(of->report) + strlen(of->unit);
}

int main(void)
{
  uint32_t all = 0;

  for (uint32_t i = 0; i < 2; ++i) {
    make_report(sensors[i].report, sizeof sensors[i], &sensors[i]);
    all += width(&sensors[i]);
  }
  print_number("width ", (long) all);
  return 0;
}
