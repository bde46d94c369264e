/* Cooperative tasks with locks: whoever does not get a lock gives the processor to the next task. */

#include "board.h"

struct task {
  uint32_t *sp;
  const char *name;
};

struct lock {
  struct task *owner;
  uint32_t waits;
};

static uint32_t stack_reader[160] __attribute__((aligned(8)));
static uint32_t stack_writer[160] __attribute__((aligned(8)));
static struct task reader = { 0, "reader" };
static struct task writer = { 0, "writer" };
struct task *current;
static struct lock bus, table;
static volatile uint32_t done;

__attribute__((naked, noinline)) static void swap_to(struct task *from __attribute__((unused)),
                                                     struct task *to __attribute__((unused)))
{
  __asm volatile(
    "push {r4-r11, lr}\n\t"
    "str sp, [r0]\n\t"
    "ldr sp, [r1]\n\t"
    "pop {r4-r11, pc}");
}

static void yield(void)
{
  struct task *from = current;

  current = from == &reader ? &writer : &reader;
  swap_to(from, current);
}

static void lock_take(struct lock *lock)
{
  while (lock->owner != 0) {
    ++lock->waits;
    yield();
  }
  lock->owner = current;
}

static void lock_give(struct lock *lock)
{
  lock->owner = 0;
}

static void read_entry(void)
{
  lock_take(&bus);
  yield(); /* the transfer takes a while */
  lock_take(&table); /* where the page is */
  ++done;
  lock_give(&table);
  lock_give(&bus);
}

static void write_entry(void)
{
  lock_take(&table);
  yield(); /* so does erasing */
  lock_take(&bus); /* to the device */
  ++done;
  lock_give(&bus);
  lock_give(&table);
}

static void reader_main(void)
{
  for (;;) {
    read_entry();
    yield();
  }
}

static void writer_main(void)
{
  for (;;) {
    write_entry();
    yield();
  }
}

static void create(struct task *task, uint32_t *top, void (*entry)(void))
{
  *--top = (uint32_t) entry;
  task->sp = top - 8;
}

int main(void)
{
  struct task boot;

  create(&reader, stack_reader + 160, reader_main);
  create(&writer, stack_writer + 160, writer_main);
  current = &reader;
  swap_to(&boot, &reader);
  return 0;
}
