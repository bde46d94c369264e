// Sorts records with the C library's qsort(), and refuses bad ones.

#include <cstdio>
#include <cstdlib>
#include <stdexcept>

#include <rtems.h>

namespace {

struct Record {
  int key;
  int value;
};

int checked_key(const Record &record)
{
  if (record.key < 0) {
    throw std::domain_error("negative key");
  }
  return record.key;
}

int compare(const void *left, const void *right) noexcept
{
  return checked_key(*static_cast<const Record *>(left)) - checked_key(*static_cast<const Record *>(right));
}

int sorted_first(Record *records, unsigned count)
{
  try {
    std::qsort(records, count, sizeof *records, compare);
  } catch (const std::domain_error &error) {
    std::printf("refused: %s\n", error.what());
    return -1;
  }
  return records[0].value;
}

}  // namespace

extern "C" rtems_task Init(rtems_task_argument)
{
  static Record records[] = { { 5, 50 }, { 2, 20 }, { -1, 7 }, { 3, 30 } };

  std::printf("%d\n", sorted_first(records, 4));
  std::exit(0);
}

#define CONFIGURE_MAXIMUM_TASKS 1
#include "classic_system.h"
