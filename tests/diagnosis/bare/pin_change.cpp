// Pins with a callback; a lambda keeps what it needs by reference.

extern "C" {
#include "board.h"
int main(void);
}

class Pin {
public:
  using Handler = void (*)(void *context);

  void on_change(Handler handler, void *context)
  {
    handler_ = handler;
    context_ = context;
  }

  void change() const { handler_(context_); }

private:
  Handler handler_;
  void *context_;
};

struct Counter {
  uint32_t *total;
  uint32_t step;
};

static Pin pins[3];
static uint32_t totals[3];

static void count(void *context)
{
  auto *counter = static_cast<Counter *>(context);

  *counter->total += counter->step;
}

__attribute__((noinline)) static void configure(unsigned index)
{
  Counter counter{&totals[index], index + 1};

  pins[index].on_change(count, &counter);
}

__attribute__((noinline)) static void simulate(unsigned index)
{
  pins[index].change();
}

int main(void)
{
  for (unsigned i = 0; i < 2; ++i) {
    configure(i);
  }
  for (unsigned i = 0; i < 3; ++i) {
    simulate(i);
  }
  print_number("total ", static_cast<long>(totals[0] + totals[1]));
  return 0;
}
