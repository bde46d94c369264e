/* A queue of messages of two kinds: short texts, and references to longer ones. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rtems.h>

enum kind { TEXT, REFERENCE };

struct message {
  unsigned char kind;
  unsigned char length;
  union {
    char text[12];
    const char *reference;
  } body;
};

static rtems_id queue;
static const char long_text[] = "a text that does not fit into a message";

static void send_text(const char *text)
{
  struct message message = { .kind = REFERENCE, .length = (unsigned char) strlen(text) };

  strncpy(message.body.text, text, sizeof message.body.text);
  rtems_message_queue_send(queue, &message, sizeof message);
}

static void send_reference(const char *text)
{
  struct message message = { .kind = REFERENCE, .length = (unsigned char) strlen(text), .body.reference = text };

  rtems_message_queue_send(queue, &message, sizeof message);
}

static unsigned count_blanks(const char *text, unsigned length)
{
  unsigned blanks = 0;

  while (length-- > 0) {
    blanks += *text++ == ' ';
  }
  return blanks;
}

static void handle(const struct message *message)
{
  const char *text = message->kind == TEXT ? message->body.text : message->body.reference;

  printf("%u blanks\n", count_blanks(text, message->length));
}

static rtems_task receiver(rtems_task_argument expected)
{
  static struct message message;
  size_t size;

  while (expected-- > 0) {
    rtems_message_queue_receive(queue, &message, &size, RTEMS_WAIT, RTEMS_NO_TIMEOUT);
    handle(&message);
  }
  exit(0);
}

rtems_task Init(rtems_task_argument argument)
{
  rtems_id task;

  (void) argument;
  rtems_message_queue_create(rtems_build_name('M', 'S', 'G', 'S'), 4, sizeof(struct message), RTEMS_FIFO, &queue);
  send_reference(long_text);
  send_text("so short");
  rtems_task_create(rtems_build_name('R', 'E', 'C', 'V'), 2, RTEMS_MINIMUM_STACK_SIZE, RTEMS_DEFAULT_MODES,
    RTEMS_DEFAULT_ATTRIBUTES, &task);
  rtems_task_start(task, receiver, 2);
  rtems_task_exit();
}

#define CONFIGURE_MAXIMUM_TASKS 2
#define CONFIGURE_MAXIMUM_MESSAGE_QUEUES 1
#define CONFIGURE_MESSAGE_BUFFER_MEMORY CONFIGURE_MESSAGE_BUFFERS_FOR_QUEUE(4, sizeof(struct message))
#include "classic_system.h"
