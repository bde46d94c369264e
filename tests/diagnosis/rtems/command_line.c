/* A shell: lines are split into commands by ';', and commands into words. */
#include <ctype.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MOST 6

static int executed;

static void capitalize(char *word)
{
  word[0] = (char) toupper((unsigned char) word[0]);
}

static int execute(char *command)
{
  char *words[MOST];
  int count = 0;

  for (char *word = strtok(command, " "); word != NULL && count < MOST; word = strtok(NULL, " ")) {
    words[count++] = word;
  }
  if (count > 0) {
    capitalize(words[0]);
    executed++;
  }
  return count;
}

static int run_line(char *line)
{
  int words = 0;
  char *command = strtok(line, ";");

  for (int i = 0; i < 3; ++i) {
    words += execute(command);
    command = strtok(NULL, ";");
    capitalize(command);
  }
  return words;
}

static void *shell(void *argument)
{
  static char line[64];

  strcpy(line, argument);
  printf("%d words\n", run_line(line));
  return NULL;
}

void *POSIX_Init(void *argument)
{
  pthread_t thread;

  (void) argument;
  pthread_create(&thread, NULL, shell, "set gain 4;show all;reset");
  pthread_setname_np(thread, "shell");
  pthread_join(thread, NULL);
  printf("%d commands\n", executed);
  exit(0);
}

#define CONFIGURE_MAXIMUM_POSIX_THREADS 5
#include "posix_system.h"
