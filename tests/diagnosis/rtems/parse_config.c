/* Settings are lines of text, "name value". */
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct settings {
  uint8_t channel;
  uint8_t gain;
  uint8_t retries;
  uint8_t level;
  void (*apply)(const struct settings *settings);
  unsigned applied;
};

static struct settings settings;

static void apply_all(const struct settings *now)
{
  printf("channel %u, gain %u, level %u\n", now->channel, now->gain, now->level);
}

static int read_number(const char *line, const char *name, void *into)
{
  char format[16];

  snprintf(format, sizeof(format), "%s %%d", name);
  return sscanf(line, format, into);
}

static void read_line(const char *line)
{
  read_number(line, "channel", &settings.channel);
  read_number(line, "gain", &settings.gain);
  read_number(line, "retries", &settings.retries);
  read_number(line, "level", &settings.level);
}

static void *configurator(void *argument)
{
  const char *const *lines = argument;

  settings.apply = apply_all;
  for (unsigned i = 0; lines[i] != NULL; ++i) {
    read_line(lines[i]);
  }
  settings.applied++;
  settings.apply(&settings);
  return NULL;
}

void *POSIX_Init(void *argument)
{
  static const char *const lines[] = { "channel 4", "retries 3", "gain 200", "level -7", NULL };
  pthread_t thread;

  (void) argument;
  pthread_create(&thread, NULL, configurator, (void *) lines);
  pthread_setname_np(thread, "config");
  pthread_join(thread, NULL);
  exit(0);
}

#define CONFIGURE_MAXIMUM_POSIX_THREADS 5
#define CONFIGURE_MAXIMUM_FILE_DESCRIPTORS 6
#include "posix_system.h"
