// Cells of a battery: a meter visits them by a virtual function and keeps the hottest.
#include <pthread.h>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <rtems.h>

struct Visitor {
  virtual void visit(uint32_t cell, int32_t heat) = 0;
  virtual ~Visitor() = default;
};

class Hottest final : public Visitor {
public:
  void visit(uint32_t cell, int32_t heat) override
  {
    if (heat > heat_) {
      heat_ = heat;
      cell_ = cell;
    }
  }
  uint32_t cell() const { return cell_; }

private:
  int32_t heat_ = -273;
  uint32_t cell_ = 0;
};

class Average final : public Visitor {
public:
  void visit(uint32_t, int32_t heat) override
  {
    sum_ += heat;
    ++count_;
  }

private:
  int64_t sum_ = 0;
  uint32_t count_ = 0;
};

class Battery {
public:
  explicit Battery(uint32_t cells) : cells_(cells) {}

  void clear() { std::memset(this, 0, sizeof(*this)); }

  void attach(Visitor *visitor) { visitor_ = visitor; }

  void measure()
  {
    for (uint32_t i = 0; i < cells_; ++i) {
      visitor_->visit(i, static_cast<int32_t>(20 + i * 7 % 5));
    }
  }

  void set_cells(uint32_t cells) { cells_ = cells; }

private:
  Visitor *visitor_ = nullptr;
  uint32_t cells_;
};

static Battery battery(6);
static Hottest hottest;
static Average average;

static void *meter(void *)
{
  battery.attach(&hottest);
  battery.measure();
  battery.attach(&average);
  battery.measure();
  std::printf("hottest %lu\n", static_cast<unsigned long>(hottest.cell()));
  battery.clear();
  battery.set_cells(8);
  battery.measure();
  return nullptr;
}

extern "C" void *POSIX_Init(void *)
{
  pthread_t thread;

  pthread_create(&thread, nullptr, meter, nullptr);
  pthread_join(thread, nullptr);
  std::exit(0);
}

#define CONFIGURE_MAXIMUM_POSIX_THREADS 3
#include "posix_system.h"
