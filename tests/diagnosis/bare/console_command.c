/* A console: takes lines from a list, splits them, and does what they say. */

#include "board.h"

#include <string.h>

struct settings {
  uint32_t gain;
  char owner[24];
};

static struct settings settings = { .gain = 1, .owner = "nobody" };

static const char *const lines[] = {
  "gain 12",
  "owner lab-3",
  "owner department-of-mechanical-engineering",
  "show",
};

static unsigned split(char *line, char **words, unsigned limit)
{
  unsigned count = 0;

  for (char *word = strtok(line, " "); word != NULL && count < limit; word = strtok(NULL, " ")) {
    words[count++] = word;
  }
  return count;
}

static uint32_t number(const char *digits)
{
  uint32_t value = 0;

  while (*digits >= '0' && *digits <= '9') {
    value = 10 * value + (uint32_t) (*digits++ - '0');
  }
  return value;
}

static void set_owner(const char *name)
{
  char clean[16];
  unsigned length = 0;

  strcpy(clean, name);
  while (clean[length] != '\0' && clean[length] != '\n') {
    ++length;
  }
  clean[length] = '\0';
  strncpy(settings.owner, clean, sizeof settings.owner - 1);
}

static void execute(const char *text)
{
  char line[64];
  char *words[3];
  unsigned count;

  strncpy(line, text, sizeof line - 1);
  line[sizeof line - 1] = '\0';
  count = split(line, words, 3);
  if (count == 2 && strcmp(words[0], "gain") == 0) {
    settings.gain = number(words[1]);
  } else if (count == 2 && strcmp(words[0], "owner") == 0) {
    set_owner(words[1]);
  } else if (count == 1 && strcmp(words[0], "show") == 0) {
    print_number(settings.owner, (long) settings.gain);
  }
}

int main(void)
{
  for (unsigned i = 0; i < sizeof lines / sizeof lines[0]; ++i) {
    execute(lines[i]);
  }
  return 0;
}
