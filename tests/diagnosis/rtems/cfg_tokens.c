/* Settings are lines of name=value; each is put into a table of keys on the heap. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct setting {
  struct setting *next;
  char *name;
  char *value;
} setting;

static setting *settings;
static pthread_mutex_t settings_lock = PTHREAD_MUTEX_INITIALIZER;

static char *copy_part(const char *from, const char *to)
{
  size_t length = to - from;
  char *part = malloc(length + 1);

  memcpy(part, from, length);
  part[length] = '\0';
  return part;
}

static void add_setting(const char *line)
{
  const char *equals = strchr(line, '=');
  setting *added = malloc(sizeof(*added));

  added->name = copy_part(line, equals);
  added->value = copy_part(equals + 1, line + strlen(line));
  pthread_mutex_lock(&settings_lock);
  added->next = settings;
  settings = added;
  pthread_mutex_unlock(&settings_lock);
}

static const char *find_setting(const char *name)
{
  for (const setting *each = settings; each != NULL; each = each->next) {
    if (strcmp(each->name, name) == 0) {
      return each->value;
    }
  }
  return "";
}

static void *loader(void *argument)
{
  static const char *const lines[] = { "baud=9600", "parity=even", "verbose", "station=14" };

  (void) argument;
  for (unsigned i = 0; i < sizeof(lines) / sizeof(lines[0]); ++i) {
    add_setting(lines[i]);
  }
  return NULL;
}

void *POSIX_Init(void *argument)
{
  pthread_t thread;

  (void) argument;
  pthread_create(&thread, NULL, loader, NULL);
  pthread_join(thread, NULL);
  printf("station %s\n", find_setting("station"));
  exit(0);
}

#define CONFIGURE_MAXIMUM_POSIX_THREADS 3
#include "posix_system.h"
