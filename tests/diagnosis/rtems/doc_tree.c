/* A document is a tree of sections; a section's copy shares its children by mistake. */
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct section {
  char *title;
  struct section *children[3];
} section;

static section *root;

static section *new_section(const char *title)
{
  section *made = calloc(1, sizeof(section));

  made->title = strdup(title);
  return made;
}

static section *copy_section(const section *from)
{
  section *made = malloc(sizeof(section));

  *made = *from;
  made->title = strdup(from->title);
  return made;
}

static void free_section(section *old)
{
  for (int i = 0; i < 3; ++i) {
    if (old->children[i] != NULL) {
      free_section(old->children[i]);
    }
  }
  free(old->title);
  free(old);
}

static unsigned count_letters(const section *of)
{
  unsigned letters = strlen(of->title);

  for (int i = 0; i < 3; ++i) {
    if (of->children[i] != NULL) {
      letters += count_letters(of->children[i]);
    }
  }
  return letters;
}

static void *editor(void *argument)
{
  section *draft = copy_section(root);

  (void) argument;
  printf("draft has %u letters\n", count_letters(draft));
  free_section(draft);
  return NULL;
}

static void *printer(void *argument)
{
  char *page = malloc(16);

  (void) argument;
  memset(page, 0x91, 16);
  printf("root has %u letters\n", count_letters(root));
  free(page);
  free_section(root);
  return NULL;
}

void *POSIX_Init(void *argument)
{
  pthread_t thread;

  (void) argument;
  root = new_section("manual");
  root->children[0] = new_section("installation");
  root->children[1] = new_section("use");
  pthread_create(&thread, NULL, editor, NULL);
  pthread_join(thread, NULL);
  pthread_create(&thread, NULL, printer, NULL);
  pthread_join(thread, NULL);
  exit(0);
}

#define CONFIGURE_MAXIMUM_POSIX_THREADS 3
#include "posix_system.h"
