/* Lines of a display are put together of words, in room on the stack that is as large as the line. */

#include <alloca.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rtems.h>

#define WORDS 4

struct line {
  uint8_t columns;
  uint8_t first_word;
};

static const char *words[WORDS] = { "level", "flow", "heat", "off" };
static uint32_t limits[3] = { 0x90000001, 0x90000003, 0x90000005 };
static uint32_t drawn;

static size_t append_word(char *to, unsigned number)
{
  const char *word = words[number];
  size_t length = 0;

  while (word[length] != '\0') {
    to[length] = word[length];
    ++length;
  }
  return length;
}

static void draw_line(const struct line *line)
{
  char *text = alloca(line->columns + 1u);
  size_t used = 0;

  memset(text, 0, line->columns + 1u);
  for (unsigned i = 0; used + 8 < line->columns; ++i) {
    used += append_word(text + used, line->first_word + i);
  }
  drawn += (uint32_t) strlen(text);
}

static void draw_all(const struct line *lines, unsigned count)
{
  for (unsigned i = 0; i < count; ++i) {
    draw_line(&lines[i]);
  }
  drawn += limits[0] & 1;
}

static rtems_task display(rtems_task_argument argument)
{
  static const struct line lines[] = { { 12, 0 }, { 14, 1 }, { 40, 0 } };

  (void) argument;
  draw_all(lines, 3);
  printf("%u characters\n", (unsigned) drawn);
  exit(0);
}

rtems_task Init(rtems_task_argument argument)
{
  rtems_id id;

  rtems_task_create(rtems_build_name('D', 'I', 'S', 'P'), 10, 4096, RTEMS_DEFAULT_MODES, RTEMS_DEFAULT_ATTRIBUTES, &id);
  rtems_task_start(id, display, argument);
  rtems_task_exit();
}

#define CONFIGURE_MAXIMUM_TASKS 3
#include "classic_system.h"
