/* A map of temperatures, 6 rows of 10 columns, and what is drawn with it. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <rtems.h>

#define ROWS 6
#define COLUMNS 10

struct palette {
  const uint32_t *colours;
  uint32_t count;
};

static const uint32_t grey[4] = { 0, 0x555555, 0xaaaaaa, 0xffffff };

static struct {
  uint16_t cells[ROWS][COLUMNS];
  struct palette palette;
  uint32_t drawn;
} map;

static void set_palette(const uint32_t *colours, uint32_t count)
{
  map.palette.colours = colours;
  map.palette.count = count;
}

static void set_cell(unsigned row, unsigned column, uint16_t value)
{
  map.cells[row][column] = value;
}

static void fill_map(uint16_t base)
{
  for (unsigned row = 0; row < COLUMNS; ++row) {
    for (unsigned column = 0; column < ROWS; ++column) {
      set_cell(row, column, (uint16_t) (base + row * 7 + column));
    }
  }
}

static void draw_map(void)
{
  for (unsigned row = 0; row < ROWS; ++row) {
    for (unsigned column = 0; column < COLUMNS; ++column) {
      map.drawn += map.palette.colours[map.cells[row][column] % 4];
    }
  }
}

static rtems_task painter(rtems_task_argument argument)
{
  set_palette(grey, 4);
  fill_map((uint16_t) (0x5000 + argument));
  draw_map();
  printf("%u\n", (unsigned) map.drawn);
  exit(0);
}

rtems_task Init(rtems_task_argument argument)
{
  rtems_id id;

  rtems_task_create(rtems_build_name('P', 'A', 'I', 'N'), 10, 4096, RTEMS_DEFAULT_MODES, RTEMS_DEFAULT_ATTRIBUTES, &id);
  rtems_task_start(id, painter, argument);
  rtems_task_exit();
}

#define CONFIGURE_MAXIMUM_TASKS 5
#define CONFIGURE_MAXIMUM_SEMAPHORES 4
#include "classic_system.h"
