/* Packets go through a queue as pointers; who receives one frees it. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rtems.h>

struct packet {
  void (*deliver)(const struct packet *packet);
  char text[20];
};

static rtems_id queue;
static unsigned delivered;

static void print_packet(const struct packet *packet)
{
  printf("%s\n", packet->text);
  ++delivered;
}

static void send(const char *text)
{
  struct packet *packet = malloc(sizeof *packet);

  packet->deliver = print_packet;
  strncpy(packet->text, text, sizeof packet->text - 1);
  packet->text[19] = '\0';
  rtems_message_queue_send(queue, packet, sizeof packet);
}

static void receive(void)
{
  struct packet *packet = NULL;
  size_t size;

  rtems_message_queue_receive(queue, &packet, &size, RTEMS_WAIT, RTEMS_NO_TIMEOUT);
  packet->deliver(packet);
  free(packet);
}

static rtems_task relay(rtems_task_argument count)
{
  for (unsigned i = 0; i < count; ++i) {
    receive();
  }
  printf("%u delivered\n", delivered);
  exit(0);
}

rtems_task Init(rtems_task_argument argument)
{
  rtems_id id;

  (void) argument;
  rtems_message_queue_create(rtems_build_name('P', 'K', 'T', 'S'), 4, sizeof(struct packet *),
      RTEMS_DEFAULT_ATTRIBUTES, &queue);
  rtems_task_create(rtems_build_name('R', 'L', 'A', 'Y'), 20, 4096, RTEMS_DEFAULT_MODES, RTEMS_DEFAULT_ATTRIBUTES,
      &id);
  send("hello");
  send("world");
  rtems_task_start(id, relay, 2);
  rtems_task_exit();
}

#define CONFIGURE_MAXIMUM_TASKS 2
#define CONFIGURE_MAXIMUM_MESSAGE_QUEUES 1
#define CONFIGURE_MESSAGE_BUFFER_MEMORY 1024
#include "classic_system.h"
