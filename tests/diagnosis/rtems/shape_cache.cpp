// A drawing: shapes refer to their neighbours.

#include <cstdio>
#include <cstdlib>
#include <vector>

#include <rtems.h>

namespace {

struct Shape {
  virtual ~Shape() = default;
  virtual int area() const = 0;
};

class Box : public Shape {
public:
  Box(int width, int height) : width_(width), height_(height) {}
  int area() const override { return width_ * height_; }

private:
  int width_, height_;
};

class Drawing {
public:
  void add(int width, int height)
  {
    boxes_.emplace_back(width, height);
    if (largest_ == nullptr || boxes_.back().area() > largest_->area()) {
      largest_ = &boxes_.back();
    }
  }

  int largest() const { return largest_->area(); }

private:
  std::vector<Box> boxes_;
  const Shape *largest_ = nullptr;
};

void label(char **texts, unsigned count)
{
  for (unsigned i = 0; i < count; ++i) {
    texts[i] = static_cast<char *>(std::malloc(16));
    std::snprintf(texts[i], 16, "box number %u", i);
  }
}

int draw()
{
  Drawing drawing;
  char *texts[3];

  drawing.add(8, 9);
  drawing.add(2, 3);
  drawing.add(4, 4);
  label(texts, 3);
  int largest = drawing.largest();
  for (char *text : texts) {
    std::free(text);
  }
  return largest;
}

}  // namespace

extern "C" rtems_task Init(rtems_task_argument)
{
  std::printf("largest %d\n", draw());
  std::exit(0);
}

#define CONFIGURE_MAXIMUM_TASKS 1
#include "classic_system.h"
