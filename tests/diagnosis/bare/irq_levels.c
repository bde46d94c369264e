/* The radio's interrupt is to be below the kernel's level 0x60, so that a critical section holds it off. */

#include "board.h"

#define KERNEL_LEVEL 0x60
#define UNLINKED ((struct node *) 0xA5A5A5A4u)

struct node {
  struct node *next;
  uint32_t value;
};

static struct node nodes[8];
static struct node *volatile queue;
static volatile uint32_t consumed;

static void enter_critical(void)
{
  __asm volatile("msr basepri, %0\n\tisb" : : "r"(KERNEL_LEVEL) : "memory");
}

static void leave_critical(void)
{
  __asm volatile("msr basepri, %0" : : "r"(0) : "memory");
}

static void set_priority(unsigned irq, unsigned level)
{
  NVIC_IPR(irq) = (uint8_t) level;
}

void TIMER0_Handler(void)
{
  TIMER_INTCLEAR(0) = 1;
  while (queue != 0) {
    struct node *node = queue;

    consumed += node->value;
    queue = node->next;
    node->next = UNLINKED;
  }
}

static void append(struct node *node)
{
  node->next = 0;
  enter_critical();
  if (queue == 0) {
    queue = node;
  } else {
    struct node *last = queue;

    while (last->next != 0) {
      last = last->next;
    }
    last->next = node;
  }
  leave_critical();
}

int main(void)
{
  set_priority(TIMER0_IRQ, 4); /* of 0 to 7 */
  NVIC_ISER0 = 1u << TIMER0_IRQ;
  timer_start(0, 397);
  for (unsigned i = 0; i < 20000; ++i) {
    nodes[i & 7].value = i + 1;
    append(&nodes[i & 7]);
  }
  print_number("consumed ", (long) consumed);
  return 0;
}
