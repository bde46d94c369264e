/* Handlers of events are kept by reference; one of them is a temporary. */

#include <cstdio>
#include <cstdlib>

#include <rtems.h>

class Handler {
public:
  virtual void handle(unsigned value) = 0;

protected:
  ~Handler() = default;
};

class Counter final : public Handler {
public:
  void handle(unsigned value) override { sum_ += value; }
  unsigned sum() const { return sum_; }

private:
  unsigned sum_ = 0;
};

class Scaled final : public Handler {
public:
  Scaled(Handler &next, unsigned factor) : next_(next), factor_(factor) { }
  void handle(unsigned value) override { next_.handle(value * factor_); }

private:
  Handler &next_;
  unsigned factor_;
};

static Handler *handlers[2];
static Counter counter;

static void add(unsigned index, Handler &handler)
{
  handlers[index] = &handler;
}

static void __attribute__((noinline)) add_scaled(unsigned index)
{
  Scaled scaled(counter, 10);

  add(index, scaled);
}

static unsigned __attribute__((noinline)) fill(unsigned seed)
{
  volatile unsigned words[24];
  unsigned sum = 0;

  for (unsigned i = 0; i < 24; ++i) {
    words[i] = 0x51515151u * (seed + i);
  }
  for (unsigned i = 0; i < 24; ++i) {
    sum += words[i];
  }
  return sum;
}

static void dispatch(unsigned value)
{
  for (Handler *handler : handlers) {
    handler->handle(value);
  }
}

extern "C" rtems_task Init(rtems_task_argument)
{
  add(0, counter);
  add_scaled(1);
  std::printf("%u\n", fill(3));
  dispatch(4);
  std::printf("sum %u\n", counter.sum());
  std::exit(0);
}

#define CONFIGURE_MAXIMUM_TASKS 1
#include "classic_system.h"
