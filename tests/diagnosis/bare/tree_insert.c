/* Sorted names in a binary tree; nodes come from a table. Without debug information, and stripped. */

#include <string.h>

#include "board.h"

struct node {
  char name[12];
  struct node *left;
  struct node *right;
};

static struct node nodes[8];
static unsigned used;
static volatile unsigned depth;

static __attribute__((noinline)) struct node *new_node(const char *name)
{
  struct node *node = &nodes[used++];

  strcpy(node->name, name);
  return node;
}

static __attribute__((noinline)) void insert(struct node **root, const char *name)
{
  while (*root != 0) {
    root = strcmp(name, (*root)->name) < 0 ? &(*root)->left : &(*root)->right;
    ++depth;
  }
  *root = new_node(name);
}

int main(void)
{
  struct node *root = 0;

  insert(&root, "mercury");
  insert(&root, "venus");
  insert(&root, "earth");
  insert(&root, "67P/Tschurjumow-G");
  insert(&root, "ceres");
  insert(&root, "1P/Halley");
  insert(&root, "25143 Itokawa");
  insert(&root, "0");
  print_number("depth ", (long) depth);
  return 0;
}
