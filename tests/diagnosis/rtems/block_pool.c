/* Blocks of a partition carry frames between a receiver and a printer. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rtems.h>

struct frame {
  struct frame *next;
  char *text;
  char body[24];
};

static rtems_id pool;
static char memory[4][sizeof(struct frame)] __attribute__((aligned(8)));

static struct frame *make_frame(const char *text)
{
  struct frame *frame = NULL;

  rtems_partition_get_buffer(pool, (void **) &frame);
  strncpy(frame->body, text, sizeof frame->body);
  frame->text = frame->body;
  frame->next = NULL;
  return frame;
}

static void done(struct frame *frame)
{
  rtems_partition_return_buffer(pool, frame);
}

static unsigned print_frames(struct frame *first)
{
  unsigned length = 0;

  for (struct frame *frame = first; frame != NULL; frame = frame->next) {
    length += strlen(frame->text);
  }
  return length;
}

static void raw_capture(void)
{
  unsigned *words = NULL;

  rtems_partition_get_buffer(pool, (void **) &words);
  for (unsigned i = 0; i < 8; ++i) {
    words[i] = 0xE4E4E4E4u + i;
  }
}

rtems_task Init(rtems_task_argument argument)
{
  struct frame *first, *second;

  (void) argument;
  rtems_partition_create(rtems_build_name('P', 'O', 'O', 'L'), memory, sizeof memory, sizeof(struct frame),
                         RTEMS_DEFAULT_ATTRIBUTES, &pool);
  first = make_frame("one");
  second = make_frame("two");
  first->next = second;
  printf("%u\n", print_frames(first));
  done(second);
  raw_capture();
  raw_capture();
  raw_capture();
  printf("%u\n", print_frames(first));
  exit(0);
}

#define CONFIGURE_MAXIMUM_TASKS 1
#define CONFIGURE_MAXIMUM_PARTITIONS 1
#include "classic_system.h"
