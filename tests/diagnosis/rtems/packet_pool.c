/* Packets travel from a receiver to a decoder; who is done with one frees it. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rtems.h>

struct packet {
  unsigned length;
  unsigned char bytes[28];
};

static unsigned dropped, decoded;

static struct packet *receive(unsigned number)
{
  struct packet *packet = malloc(sizeof *packet);

  packet->length = 4 + number % 20;
  memset(packet->bytes, (int) number, packet->length);
  return packet;
}

static int decode(struct packet *packet)
{
  if (packet->length > 16) {
    ++dropped;
    free(packet);
    return -1;
  }
  ++decoded;
  return packet->bytes[0];
}

static void handle(struct packet *packet)
{
  char *note = NULL;

  if (decode(packet) < 0) {
    note = malloc(24);
    strcpy(note, "packet was too long");
  }
  free(packet); /* done with it */
  if (note != NULL) {
    puts(note);
    free(note);
  }
}

rtems_task Init(rtems_task_argument argument)
{
  (void) argument;
  for (unsigned number = 0; number < 200; ++number) {
    handle(receive(number));
  }
  printf("%u decoded, %u dropped\n", decoded, dropped);
  exit(0);
}

#define CONFIGURE_MAXIMUM_TASKS 1
#include "classic_system.h"
