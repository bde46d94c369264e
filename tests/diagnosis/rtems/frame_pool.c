/* Frames from a partition: the receiver fills them, the decoder gives them back. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rtems.h>

#define FRAMES 4

struct frame {
  uint8_t length;
  uint8_t data[60];
  uint8_t check;
};

static struct {
  uint32_t kind;
  struct frame frame;
} __attribute__((packed)) first_area;

static uint8_t area[FRAMES * 64] __attribute__((aligned(8)));
static rtems_id pool;
static unsigned decoded;

static struct frame *new_frame(const char *text)
{
  void *memory = NULL;
  struct frame *frame;

  rtems_partition_get_buffer(pool, &memory);
  frame = memory;
  frame->length = (uint8_t) strlen(text);
  memcpy(frame->data, text, frame->length);
  frame->check = frame->length ^ 0x5a;
  return frame;
}

static int decode(struct frame *frame)
{
  if (frame->check != (frame->length ^ 0x5a)) {
    return -1;
  }
  ++decoded;
  rtems_partition_return_buffer(pool, frame->data);
  return frame->length;
}

rtems_task Init(rtems_task_argument argument)
{
  static const char *const texts[] = { "on", "set 20", "set 25", "get", "set 30", "off" };
  int bytes = 0;

  (void) argument;
  first_area.kind = 1;
  rtems_partition_create(rtems_build_name('F', 'R', 'M', 'S'), area, sizeof area, 64, RTEMS_DEFAULT_ATTRIBUTES,
      &pool);
  for (unsigned i = 0; i < sizeof texts / sizeof texts[0]; ++i) {
    bytes += decode(new_frame(texts[i]));
  }
  printf("%u frames, %d bytes\n", decoded, bytes);
  exit(0);
}

#define CONFIGURE_APPLICATION_NEEDS_CLOCK_DRIVER
#define CONFIGURE_APPLICATION_NEEDS_CONSOLE_DRIVER
#define CONFIGURE_MAXIMUM_TASKS 1
#define CONFIGURE_MAXIMUM_PARTITIONS 1
#define CONFIGURE_RTEMS_INIT_TASKS_TABLE
#define CONFIGURE_INIT
#include <rtems/confdefs.h>
