/* Undoes the last steps of an editor, newest first. */

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct step {
  unsigned position;
  char was;
};

static char text[] = "the quick brown fox";
static struct step steps[16];
static unsigned used;

static void put(unsigned position, char letter)
{
  steps[used].position = position;
  steps[used].was = text[position];
  text[position] = letter;
  ++used;
}

static void undo_all(void)
{
  for (unsigned i = used - 1; i >= 0; --i) {
    const struct step *step = &steps[i];

    text[step->position] = step->was;
  }
  used = 0;
}

static void edit(const char *with)
{
  for (unsigned i = 0; i < strlen(with); ++i) {
    put(i, with[i]);
  }
}

static void *editor(void *argument)
{
  edit(argument);
  puts(text);
  undo_all();
  puts(text);
  return NULL;
}

void *POSIX_Init(void *argument)
{
  pthread_t thread;

  (void) argument;
  pthread_create(&thread, NULL, editor, "THE");
  pthread_join(thread, NULL);
  exit(0);
}

#define CONFIGURE_APPLICATION_NEEDS_CLOCK_DRIVER
#define CONFIGURE_APPLICATION_NEEDS_CONSOLE_DRIVER
#define CONFIGURE_MAXIMUM_POSIX_THREADS 2
#define CONFIGURE_POSIX_INIT_THREAD_TABLE
#define CONFIGURE_INIT
#include <rtems/confdefs.h>
