/* write() reads its buffer, a local of another thread: nobody is woken, so only a share helps. */

#include "case.h"

static char *volatile text;

static void *writer(void *argument)
{
  /* REMEDY */
  CHECK(write(1, text, 6) == 6);
  return argument;
}

void *POSIX_Init(void *argument)
{
  char words[] = "words\n";

  text = words;
  CHECK(pthread_join(start(writer), NULL) == 0);
  exit(0);
}

#include "case_config.h"
