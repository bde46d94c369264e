// Alarms in a vector; those that have been acknowledged are taken out.
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>
#include <rtems.h>

class Alarm {
public:
  Alarm(const char *text, int level) : text_(text), level_(level) {}
  virtual ~Alarm() = default;
  bool acknowledged() { seen_++; return level_ < 2; }
  const char *text() const { return text_.c_str(); }
private:
  std::string text_;
  int level_;
  unsigned seen_ = 0;
};

class Latched : public Alarm {
public:
  using Alarm::Alarm;
};

static std::vector<std::unique_ptr<Alarm>> alarms;

static void raise(const char *text, int level)
{
  if (level > 5) {
    alarms.push_back(std::make_unique<Latched>(text, level));
  } else {
    alarms.push_back(std::make_unique<Alarm>(text, level));
  }
}

static void remove_acknowledged()
{
  for (auto it = alarms.begin(), end = alarms.end(); it != end; ++it) {
    if ((*it)->acknowledged()) {
      it = alarms.erase(it);
    }
  }
}

static void fill()
{
  raise("tank 1 is empty for a long time", 1);
  raise("pump 3 has no current, check fuse", 6);
  raise("door of cabinet 4 is open", 1);
}

extern "C" rtems_task Init(rtems_task_argument)
{
  fill();
  remove_acknowledged();
  std::printf("%u alarms\n", (unsigned) alarms.size());
  std::exit(0);
}

#define CONFIGURE_MAXIMUM_TASKS 4
#include "classic_system.h"
