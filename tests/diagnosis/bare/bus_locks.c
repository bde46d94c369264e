/* Two tasks share a bus with a lock; the switcher is cooperative (yield in a spin). */
#include "board.h"
#define STACK 128
struct task { uint32_t *sp; const char *name; uint32_t stack[STACK]; };
struct lock { struct task *owner; uint32_t taken; };
static struct task tasks[2];
static struct task *current;
static struct lock bus, log_lock;
static uint32_t *main_sp;
static uint32_t transfers, lines;
__attribute__((naked, noinline)) static void swap(uint32_t **from, uint32_t *to)
{
  __asm volatile("push {r4-r11, lr}\n\tstr sp, [r0]\n\tmov sp, r1\n\tpop {r4-r11, pc}");
}
static void yield(void)
{
  struct task *before = current;
  current = current == &tasks[0] ? &tasks[1] : &tasks[0];
  swap(&before->sp, current->sp);
}
static void lock_take(struct lock *lock)
{
  while (lock->owner) yield();
  lock->owner = current;
  ++lock->taken;
}
static void lock_give(struct lock *lock) { lock->owner = 0; }
static void write_line(void)
{
  lock_take(&log_lock);
  ++lines;
  yield();
  lock_give(&log_lock);
}
static void transfer(void)
{
  lock_take(&bus);
  ++transfers;
  yield();
  write_line();
  lock_give(&bus);
}
static void sensor_task(void)
{
  for (;;) { transfer(); yield(); }
}
static void shell_task(void)
{
  for (;;) {
    lock_take(&log_lock);
    ++lines;
    yield();
    lock_take(&bus);
    ++transfers;
    lock_give(&bus);
    lock_give(&log_lock);
    yield();
  }
}
static void create(struct task *task, const char *name, void (*entry)(void))
{
  uint32_t *sp = &task->stack[STACK];
  *--sp = (uint32_t) entry;
  for (unsigned i = 0; i < 8; ++i) *--sp = 0;
  task->sp = sp;
  task->name = name;
}
int main(void)
{
  create(&tasks[0], "sensor", sensor_task);
  create(&tasks[1], "shell", shell_task);
  current = &tasks[0];
  swap(&main_sp, current->sp);
  return 0;
}
