// Shapes measure themselves when they are made.

#include <cstdio>
#include <cstdlib>

#include <rtems.h>

class Shape {
public:
  Shape() { remember(); }
  virtual ~Shape() = default;
  virtual unsigned area() const = 0;
  unsigned size() const { return size_; }

private:
  void remember();
  unsigned size_ = 0;
};

void Shape::remember()
{
  size_ = area();
}

class Square : public Shape {
public:
  explicit Square(unsigned side) : side_(side) {}
  unsigned area() const override { return side_ * side_; }

private:
  unsigned side_;
};

extern "C" rtems_task Init(rtems_task_argument argument)
{
  Square square(static_cast<unsigned>(argument) + 4);

  std::printf("%u\n", square.size());
  std::exit(0);
}

#define CONFIGURE_MAXIMUM_TASKS 1
#include "classic_system.h"
