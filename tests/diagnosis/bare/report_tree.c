/* A tree of sites; a report walks it and keeps a page of text for each level. */

#include "board.h"

#include <string.h>

struct site {
  const char *name;
  struct site *child;
  struct site *sibling;
};

static struct site sites[24];
static uint32_t (*page_filter)(uint32_t);
static uint32_t pages;

static uint32_t only_odd(uint32_t number)
{
  return number & 1;
}

static void link_sites(void)
{
  for (unsigned i = 0; i + 1 < sizeof sites / sizeof sites[0]; ++i) {
    sites[i].name = "site";
    sites[i].child = &sites[i + 1];
  }
  sites[23].name = "last";
}

static uint32_t fold(const char *page, unsigned size)
{
  uint32_t sum = 0;

  for (unsigned i = 0; i < size; ++i) {
    sum = sum * 31 + (uint8_t) page[i];
  }
  return sum;
}

static uint32_t report(const struct site *site, unsigned level)
{
  char page[3000];
  uint32_t sum = 0;

  memset(page, 'A' + (int) level, sizeof page);
  strcpy(page, site->name);
  for (const struct site *child = site->child; child != 0; child = child->sibling) {
    sum ^= report(child, level + 1);
  }
  ++pages;
  return sum ^ fold(page, sizeof page);
}

int main(void)
{
  page_filter = only_odd;
  link_sites();
  print_number("sum ", (long) report(&sites[0], 0));
  print_number("odd ", (long) page_filter(pages));
  return 0;
}
