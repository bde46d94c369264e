// Fans are in a vector; a controller keeps a reference to the first while more are found.
#include <pthread.h>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <vector>
#include <rtems.h>

struct Fan {
  uint32_t channel;
  std::function<uint32_t(uint32_t)> curve;
};

class Cabinet {
public:
  Cabinet() { fans_.push_back({0, [](uint32_t heat) { return heat / 2; }}); }

  void find(uint32_t count)
  {
    for (uint32_t i = 1; i <= count; ++i) {
      uint32_t scale = i + 3;
      fans_.push_back({i, [scale](uint32_t heat) { return heat / scale; }});
    }
  }

  Fan &main_fan() { return fans_.front(); }

private:
  std::vector<Fan> fans_;
};

static Cabinet cabinet;

static void *controller(void *)
{
  Fan &fan = cabinet.main_fan();
  uint32_t speed = fan.curve(80);

  cabinet.find(5);
  char *label = static_cast<char *>(std::malloc(24));
  std::snprintf(label, 24, "cabinet of %lu fans", 6ul);
  speed += fan.curve(60);
  std::printf("%s: %lu\n", label, static_cast<unsigned long>(speed));
  return nullptr;
}

extern "C" void *POSIX_Init(void *)
{
  pthread_t thread;

  pthread_create(&thread, nullptr, controller, nullptr);
  pthread_join(thread, nullptr);
  std::exit(0);
}

#define CONFIGURE_MAXIMUM_POSIX_THREADS 3
#include "posix_system.h"
