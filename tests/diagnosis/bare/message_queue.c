/* A kernel with a queue of messages. A message is 12 bytes; the queue's memory was made for pointers. */

#include <string.h>

#include "board.h"

#define DEPTH 4

struct message {
  uint32_t kind;
  uint32_t value;
  void (*reply)(uint32_t value);
};

struct queue {
  uint8_t *memory;
  uint32_t item_size;
  uint32_t depth;
  uint32_t in;
  uint32_t out;
  uint32_t count;
};

static uint8_t queue_memory[DEPTH * sizeof(struct message *)];
static struct queue commands;
static struct queue events;
static uint8_t event_memory[DEPTH * sizeof(struct message)];
static volatile uint32_t replies;

static void queue_create(struct queue *queue, uint8_t *memory, uint32_t item_size, uint32_t depth)
{
  queue->memory = memory;
  queue->item_size = item_size;
  queue->depth = depth;
  queue->in = queue->out = queue->count = 0;
}

static int queue_send(struct queue *queue, const void *item)
{
  if (queue->count == queue->depth) {
    return 0;
  }
  memcpy(queue->memory + queue->in * queue->item_size, item, queue->item_size);
  queue->in = (queue->in + 1) % queue->depth;
  ++queue->count;
  return 1;
}

static int queue_receive(struct queue *queue, void *item)
{
  if (queue->count == 0) {
    return 0;
  }
  memcpy(item, queue->memory + queue->out * queue->item_size, queue->item_size);
  queue->out = (queue->out + 1) % queue->depth;
  --queue->count;
  return 1;
}

static void on_reply(uint32_t value)
{
  replies += value;
}

int main(void)
{
  struct message message = { 1, 0x70000001, on_reply };

  queue_create(&commands, queue_memory, sizeof(struct message), DEPTH);
  queue_create(&events, event_memory, sizeof(struct message), DEPTH);
  for (unsigned i = 0; i < DEPTH; ++i) {
    queue_send(&commands, &message);
  }
  queue_send(&events, &message);
  while (queue_receive(&events, &message)) {
    message.reply(message.value);
  }
  while (queue_receive(&commands, &message)) {
    message.reply(message.value);
  }
  print_number("replies ", (long) replies);
  return 0;
}
