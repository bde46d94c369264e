/* A node is freed while the list still has it; what is allocated next takes its place. */

#include <stdlib.h>
#include <string.h>
#include <stdio.h>

struct node {
  struct node *next;
  int value;
  char reserved[24];
};

static struct node *head;

static struct node *make(int value, struct node *next)
{
  struct node *node = malloc(sizeof *node); /* GETS */

  node->next = next;
  node->value = value;
  return node;
}

static void __attribute__((noinline)) drop_second(void)
{
  free(head->next); /* FREES */
}

static char *__attribute__((noinline)) note(const char *text)
{
  char *copy = malloc(32); /* TAKES */

  strcpy(copy, text); /* SPOILS */
  return copy;
}

static int __attribute__((noinline)) sum(void)
{
  int total = 0;

  for (struct node *node = head; node != NULL; node = node->next) { /* FOLLOWS */
    total += node->value;
  }
  return total;
}

void *POSIX_Init(void *argument)
{
  (void) argument;
  head = make(1, make(2, make(3, NULL)));
  drop_second();
  printf("%s: %d\n", note("a note that is text"), sum());
  exit(0);
}

#define CONFIGURE_APPLICATION_NEEDS_CLOCK_DRIVER
#define CONFIGURE_APPLICATION_NEEDS_CONSOLE_DRIVER
#define CONFIGURE_MAXIMUM_POSIX_THREADS 2
#define CONFIGURE_MAXIMUM_FILE_DESCRIPTORS 4
#define CONFIGURE_POSIX_INIT_THREAD_TABLE
#define CONFIGURE_INIT
#include <rtems/confdefs.h>
