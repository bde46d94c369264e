/* Fibers: each has a stack of its own, and yields to the next. */

#include "board.h"

struct fiber {
  uint32_t *sp;
  struct fiber *next;
};

static struct fiber fibers[3];
static struct fiber *running;
static uint32_t stacks[2][96] __attribute__((aligned(8)));
static volatile uint32_t total;
static const uint16_t prices[6] = { 10, 25, 40, 55, 70, 85 };

__attribute__((naked, noinline)) static void switch_to(struct fiber *from, struct fiber *to)
{
  __asm volatile("push {r4-r7, r9-r11, lr}\n\t"
                 "str sp, [r0]\n\t"
                 "ldr sp, [r1]\n\t"
                 "pop {r4-r7, r9-r11, pc}");
  (void) from;
  (void) to;
}

__attribute__((noinline)) static void yield(void)
{
  struct fiber *from = running;

  running = from->next;
  switch_to(from, running);
}

__attribute__((noinline)) static void begin(void (*run)(uint32_t), uint32_t first)
{
  run(first);
  for (;;) {
    yield();
  }
}

static void sell(uint32_t first)
{
  uint32_t sum = 0, fee = first, tax = 2, rest = 3;
  register const uint16_t *price __asm("r8") = prices;

  for (uint32_t i = 0; i < 40; ++i) {
    __asm volatile("" : "+r"(price));
    sum += price[i % 6];
    fee += sum ^ first;
    tax += fee;
    rest ^= tax;
    yield();
  }
  total += sum + fee + tax + rest;
}

static void count(uint32_t first)
{
  register uint32_t number __asm("r8") = first;

  for (uint32_t i = 0; i < 50; ++i) {
    __asm volatile("" : "+r"(number));
    number = number * 17 + 0x30001;
    yield();
  }
  leave(0);
}

static void entry_sell(void)
{
  begin(sell, 1);
}

static void entry_count(void)
{
  begin(count, 0x51000001);
}

static void create(unsigned fiber, void (*entry)(void))
{
  uint32_t *sp = stacks[fiber] + 96;

  *--sp = (uint32_t) entry;
  fibers[fiber].sp = sp - 7;
}

int main(void)
{
  create(0, entry_sell);
  create(1, entry_count);
  fibers[0].next = &fibers[1];
  fibers[1].next = &fibers[0];
  fibers[2].next = &fibers[0];
  running = &fibers[2];
  yield();
  return 0;
}
