// Rooms report their heat to observers, which may leave while they are told.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <list>
#include <rtems.h>

class Observer {
public:
  virtual ~Observer() = default;
  virtual void heat(int degrees) = 0;
};

class Room {
public:
  void watch(Observer *observer) { observers_.push_back(observer); }
  void leave(Observer *observer) { observers_.remove(observer); }

  void set(int degrees)
  {
    for (Observer *observer : observers_) {
      observer->heat(degrees);
    }
  }

private:
  std::list<Observer *> observers_;
};

static Room kitchen;

class Log final : public Observer {
public:
  void heat(int degrees) override { std::printf("heat %d\n", degrees); }
};

class Once final : public Observer {
public:
  explicit Once(const char *label) : label_(label) {}
  void heat(int degrees) override
  {
    std::printf("%s at %d\n", label_, degrees);
    kitchen.leave(this);
    note_ = static_cast<uint32_t *>(std::malloc(12));
    note_[0] = 0xd0d0d0d0u + degrees;
    note_[1] = note_[2] = 0xd1d1d1d1u;
  }

private:
  const char *label_;
  uint32_t *note_ = nullptr;
};

static Log kitchen_log;
static Once warm("warm"), hot("hot");

static rtems_task stove(rtems_task_argument)
{
  kitchen.watch(&kitchen_log);
  kitchen.watch(&warm);
  kitchen.watch(&hot);
  for (int degrees = 30; degrees < 60; degrees += 10) {
    kitchen.set(degrees);
  }
  std::exit(0);
}

extern "C" rtems_task Init(rtems_task_argument argument)
{
  rtems_id id;

  rtems_task_create(rtems_build_name('S', 'T', 'O', 'V'), 10, 8192, RTEMS_DEFAULT_MODES, RTEMS_DEFAULT_ATTRIBUTES, &id);
  rtems_task_start(id, stove, argument);
  rtems_task_exit();
}

#define CONFIGURE_MAXIMUM_TASKS 3
#include "classic_system.h"
