/* Shapes are drawn through a list of pointers to their base class. */

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <new>

#include <rtems.h>

class Shape {
public:
  virtual unsigned area() const = 0;

protected:
  ~Shape() = default;
};

class Square final : public Shape {
public:
  explicit Square(unsigned side) : side_(side) { }
  unsigned area() const override { return side_ * side_; }

private:
  unsigned side_;
};

class Label final : public Shape {
public:
  explicit Label(const char *text) : width_(std::strlen(text)) { std::strcpy(text_, text); }
  unsigned area() const override { return 8 * width_; }

private:
  unsigned width_;
  char text_[8];
};

struct Page {
  Label title{ "temperature" };
  Square frame{ 12 };
};

static Page *page;

static unsigned __attribute__((noinline)) total_area(const Shape *const *shapes, unsigned count)
{
  unsigned sum = 0;

  for (unsigned i = 0; i < count; ++i) {
    sum += shapes[i]->area();
  }
  return sum;
}

static void __attribute__((noinline)) rename(Label &label, const char *text)
{
  new (&label) Label(text);
}

extern "C" rtems_task Init(rtems_task_argument)
{
  static Page first = { Label("temp"), Square(12) };

  page = &first;
  rename(page->title, "temperature");
  const Shape *const shapes[] = { &page->title, &page->frame };
  std::printf("area %u\n", total_area(shapes, 2));
  std::exit(0);
}

#define CONFIGURE_MAXIMUM_TASKS 1
#include "classic_system.h"
