/* Radio messages from a pool. The interrupt of the radio's timer sends what is queued and gives the message back. */

#include <stddef.h>
#include <string.h>

#include "board.h"

#define MESSAGES 4

struct message {
  struct message *next;
  void (*done)(struct message *message);
  uint8_t length;
  uint8_t data[23];
};

static struct message pool[MESSAGES];
static struct message *free_list;
static struct message *volatile outbox;
static volatile uint32_t confirmed, refused;

static struct message *message_alloc(void)
{
  interrupts_off();
  struct message *message = free_list;
  if (message != NULL) {
    free_list = message->next;
    memset(message, 0, sizeof *message);
  }
  interrupts_on();
  return message;
}

static void message_free(struct message *message)
{
  memset(message, 0xDD, sizeof *message);
  message->next = free_list;
  free_list = message;
}

static void on_done(struct message *message)
{
  confirmed += message->length;
}

void TIMER0_Handler(void)
{
  struct message *message = outbox;

  TIMER_INTCLEAR(0) = 1;
  if (message != NULL) {
    outbox = message->next;
    message->done(message);
    message_free(message);
  }
}

static int send(const char *text)
{
  struct message *message = message_alloc();

  if (message == NULL) {
    ++refused;
    return -1;
  }
  message->length = (uint8_t) strlen(text);
  memcpy(message->data, text, message->length);
  message->done = on_done;
  message->next = outbox;
  outbox = message;
  return 0;
}

static int send_again(struct message *message)
{
  message->next = outbox;
  outbox = message;
  return message->length;
}

int main(void)
{
  for (unsigned i = 0; i < MESSAGES; ++i) {
    pool[i].next = free_list;
    free_list = &pool[i];
  }
  NVIC_ISER0 = 1u << TIMER0_IRQ;
  timer_start(0, 700);
  send("hello");
  struct message *last = outbox;
  while (confirmed == 0) {
    wait_for_interrupt();
  }
  interrupts_off();
  send_again(last);
  interrupts_on();
  while (confirmed < 10) {
    wait_for_interrupt();
  }
  print_number("confirmed ", (long) confirmed);
  return 0;
}
