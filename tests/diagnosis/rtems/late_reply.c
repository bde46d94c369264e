/* A client asks a server, waits a while, and goes on without an answer if there is none. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rtems.h>

struct request {
  char *answer;
  size_t room;
  rtems_id client;
};

static rtems_id requests;
static char banner[32];

static rtems_task server(rtems_task_argument argument)
{
  struct request request;
  size_t size;

  (void) argument;
  for (;;) {
    rtems_message_queue_receive(requests, &request, &size, RTEMS_WAIT, RTEMS_NO_TIMEOUT);
    rtems_task_wake_after(5);
    strncpy(request.answer, "forty-two", request.room);
    rtems_event_transient_send(request.client);
  }
}

static int ask(char *text, size_t room)
{
  struct request request = { .answer = text, .room = room, .client = rtems_task_self() };

  rtems_message_queue_send(requests, &request, sizeof request);
  return rtems_event_transient_receive(RTEMS_WAIT, 2) == RTEMS_SUCCESSFUL;
}

static void question(void)
{
  char text[16] = "";

  if (!ask(text, sizeof text)) {
    strcpy(banner, "no answer yet");
  }
}

rtems_task Init(rtems_task_argument argument)
{
  rtems_id task;

  (void) argument;
  rtems_message_queue_create(rtems_build_name('R', 'Q', 'S', 'T'), 4, sizeof(struct request), RTEMS_DEFAULT_ATTRIBUTES,
                             &requests);
  rtems_task_create(rtems_build_name('S', 'R', 'V', 'R'), 20, 8192, RTEMS_DEFAULT_MODES, RTEMS_DEFAULT_ATTRIBUTES, &task);
  rtems_task_start(task, server, 0);
  question();
  puts(banner);
  rtems_task_wake_after(20);
  exit(0);
}

#define CONFIGURE_MAXIMUM_TASKS 2
#define CONFIGURE_MAXIMUM_MESSAGE_QUEUES 1
#define CONFIGURE_MESSAGE_BUFFER_MEMORY 512
#include "classic_system.h"
