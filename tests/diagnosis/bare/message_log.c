/* Keeps copies of messages in the heap until there are enough of them. */

#include "board.h"

#include <stdlib.h>
#include <string.h>

struct entry {
  struct entry *next;
  uint32_t number;
  char text[92];
};

static struct entry *newest;
static volatile uint32_t ticks;

void SysTick_Handler(void)
{
  ++ticks;
}

static void remember(uint32_t number, const char *text)
{
  struct entry *entry = malloc(sizeof *entry);

  entry->next = newest;
  entry->number = number;
  strncpy(entry->text, text, sizeof entry->text);
  newest = entry;
}

static uint32_t count_entries(void)
{
  uint32_t count = 0;

  for (const struct entry *entry = newest; entry != NULL; entry = entry->next) {
    ++count;
  }
  return count;
}

int main(void)
{
  SYST_RVR = 20000;
  SYST_CVR = 0;
  SYST_CSR = 7;
  for (uint32_t number = 0; number < 1000; ++number) {
    remember(number, "all systems nominal");
    while (ticks < number / 40) {
      wait_for_interrupt();
    }
  }
  print_number("entries ", (long) count_entries());
  return 0;
}
