/* Shapes with drawing functions; the whole table is registered, then the scratch memory beside it is cleared. */

#include <string.h>

#include "board.h"

struct shape {
  void (*draw)(unsigned size);
  unsigned size;
};

struct scene {
  unsigned scratch[8];
  struct shape shapes[4];
};

static struct scene scene;
static volatile unsigned pixels;

static __attribute__((noinline)) void draw_box(unsigned size)
{
  pixels += size * size;
}

static __attribute__((noinline)) void draw_line(unsigned size)
{
  pixels += size;
}

static __attribute__((noinline)) void add_shapes(void)
{
  for (unsigned i = 0; i < 4; ++i) {
    scene.shapes[i].draw = i & 1 ? draw_line : draw_box;
    scene.shapes[i].size = i + 3;
  }
}

static __attribute__((noinline)) void clear_scratch(volatile unsigned *from, unsigned bytes)
{
  for (unsigned i = 0; i < bytes; ++i) {
    from[i] = 0;
  }
}

static __attribute__((noinline)) void draw_all(void)
{
  for (unsigned i = 0; i < 4; ++i) {
    scene.shapes[i].draw(scene.shapes[i].size);
  }
}

int main(void)
{
  add_shapes();
  clear_scratch(scene.scratch, sizeof scene.scratch);
  draw_all();
  print_number("pixels ", (long) pixels);
  return 0;
}
