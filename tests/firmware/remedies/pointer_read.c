/* A thread reads a variable of another one, which lives; printf() reads it. */

#include "case.h"

static char *volatile text;

static void *reader(void *argument)
{
  /* REMEDY */
  printf("%s\n", text);
  return argument;
}

void *POSIX_Init(void *argument)
{
  char words[] = "a local of POSIX_Init";

  text = words;
  CHECK(pthread_join(start(reader), NULL) == 0);
  exit(0);
}

#include "case_config.h"
