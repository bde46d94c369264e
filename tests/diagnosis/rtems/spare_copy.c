/* A cursor points into its own text; the editor keeps a spare copy of what it was. */
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
  char text[40];
  char *cursor;
} edit_line;

static edit_line saved;
static sem_t saved_ready, may_complete;

static void type(edit_line *line, const char *what)
{
  while (*what != '\0') {
    *line->cursor++ = *what++;
  }
}

static void save(const edit_line *line)
{
  saved = *line;
  sem_post(&saved_ready);
}

static void *editor(void *argument)
{
  edit_line line = { .cursor = line.text };

  (void) argument;
  type(&line, "set temperature");
  save(&line);
  sem_wait(&saved_ready);
  type(&line, " 21");
  save(&line);
  return NULL;
}

static void *completer(void *argument)
{
  (void) argument;
  sem_wait(&may_complete);
  type(&saved, " degrees");
  printf("%s\n", saved.text);
  return NULL;
}

void *POSIX_Init(void *argument)
{
  pthread_t thread, late;

  (void) argument;
  sem_init(&saved_ready, 0, 0);
  sem_init(&may_complete, 0, 0);
  pthread_create(&late, NULL, completer, NULL);
  pthread_create(&thread, NULL, editor, NULL);
  pthread_join(thread, NULL);
  sem_post(&may_complete);
  pthread_join(late, NULL);
  exit(strcmp(saved.text, "set temperature 21 degrees") != 0);
}

#define CONFIGURE_MAXIMUM_POSIX_THREADS 3
#include "posix_system.h"
