// A button that tells its listeners of each press. A listener registers itself when it is made.

extern "C" {
#include "board.h"
int main(void);
}

class Listener {
public:
  virtual void pressed(uint32_t count) = 0;
  Listener *next = nullptr;
};

class Button {
public:
  void add(Listener *listener)
  {
    listener->next = first_;
    first_ = listener;
  }

  void press()
  {
    ++count_;
    for (Listener *listener = first_; listener != nullptr; listener = listener->next) {
      listener->pressed(count_);
    }
  }

private:
  Listener *first_;
  uint32_t count_;
};

class Blinker final : public Listener {
public:
  explicit Blinker(Button &button) { button.add(this); }
  void pressed(uint32_t count) override { state_ ^= count; }
  uint32_t state() const { return state_; }

private:
  uint32_t state_ = 0;
};

static Button button;

__attribute__((noinline)) static uint32_t demonstrate()
{
  Blinker blinker(button);

  button.press();
  return blinker.state();
}

__attribute__((noinline)) static uint32_t mix(uint32_t seed)
{
  volatile uint32_t table[16];

  for (unsigned i = 0; i < 16; ++i) {
    seed = seed * 1664525u + 1013904223u;
    table[i] = seed | 0x80000000u;
  }
  return table[seed & 15];
}

int main(void)
{
  uint32_t sum = demonstrate();

  sum += mix(sum);
  button.press();
  print_number("sum ", static_cast<long>(sum));
  return 0;
}
