/* A packet pool: free buffers are kept in a stack of indexes. */
#include <string.h>
#include "board.h"
#define BUFFERS 4
struct packet { uint16_t length; uint8_t bytes[30]; struct packet *next; };
static struct packet packets[BUFFERS];
static uint8_t free_list[BUFFERS];
static uint8_t free_count;
static struct packet *queue_head, *queue_tail;
static struct packet *take_packet(void)
{
  return &packets[free_list[--free_count]];
}
static void give_packet(struct packet *packet)
{
  free_list[free_count++] = (uint8_t) (packet - packets);
}
static void enqueue(struct packet *packet)
{
  packet->next = 0;
  if (queue_tail) queue_tail->next = packet; else queue_head = packet;
  queue_tail = packet;
}
static struct packet *dequeue(void)
{
  struct packet *packet = queue_head;
  queue_head = packet->next;
  if (!queue_head) queue_tail = 0;
  return packet;
}
static void receive(const uint8_t *data, unsigned length)
{
  struct packet *packet = take_packet();
  packet->length = (uint16_t) length;
  memcpy(packet->bytes, data, length);
  enqueue(packet);
}
static unsigned handle(void)
{
  struct packet *packet = dequeue();
  unsigned sum = 0;
  for (unsigned i = 0; i < packet->length; ++i) sum += packet->bytes[i];
  give_packet(packet);
  return sum;
}
int main(void)
{
  static const uint8_t small[] = { 1, 2, 3, 4 }, large[] =
    "a notice of the operator, which is much longer than any packet can ever be here";
  unsigned sum = 0;
  for (unsigned i = 0; i < BUFFERS; ++i) give_packet(&packets[i]);
  receive(small, sizeof small);
  receive(large, sizeof large);
  receive(small, sizeof small);
  while (queue_head) sum += handle();
  print_number("sum ", (long) sum);
  return 0;
}
