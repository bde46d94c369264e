/* Lines of a form: blanks around the words are taken off before they are stored. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rtems.h>

static const char *const lines[] = { "name=pump", "place=cellar", "  state=on", "note=none" };
static char stored[4][32];

static char *trim(char *text)
{
  while (*text == ' ') {
    ++text;
  }
  return text;
}

static void store_line(unsigned number)
{
  char *line = strdup(lines[number]);

  line = trim(line);
  strcpy(stored[number], line);
  free(line);
}

rtems_task Init(rtems_task_argument argument)
{
  (void) argument;
  for (unsigned i = 0; i < sizeof lines / sizeof lines[0]; ++i) {
    store_line(i);
  }
  puts(stored[3]);
  exit(0);
}

#define CONFIGURE_MAXIMUM_TASKS 3
#define CONFIGURE_MAXIMUM_MESSAGE_QUEUES 1
#define CONFIGURE_MESSAGE_BUFFER_MEMORY 512
#include "classic_system.h"
