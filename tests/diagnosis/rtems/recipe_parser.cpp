// Recipes are parsed from text; a bad one throws.

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <stdexcept>

#include <rtems.h>

struct Step {
  char name[8];
  unsigned seconds;
};

static Step parse_step(const char *text)
{
  Step step;
  const char *colon = std::strchr(text, ':');

  if (colon == nullptr) {
    throw std::invalid_argument("no colon in step");
  }
  unsigned length = static_cast<unsigned>(colon - text);
  std::memcpy(step.name, text, length < 7 ? length : 7);
  step.name[length < 7 ? length : 7] = '\0';
  step.seconds = static_cast<unsigned>(std::atoi(colon + 1));
  return step;
}

static unsigned total_time(const char *const *texts, unsigned count)
{
  unsigned sum = 0;

  for (unsigned i = 0; i < count; ++i) {
    sum += parse_step(texts[i]).seconds;
  }
  return sum;
}

static unsigned load_recipe(const char *const *texts, unsigned count)
{
  try {
    return total_time(texts, count);
  } catch (const std::out_of_range &error) {
    std::printf("bad recipe: %s\n", error.what());
    return 0;
  }
}

extern "C" rtems_task Init(rtems_task_argument)
{
  static const char *const texts[] = { "mix:30", "heat:120", "cool" };

  std::printf("%u seconds\n", load_recipe(texts, 3));
  std::exit(0);
}

#define CONFIGURE_MAXIMUM_TASKS 4
#define CONFIGURE_MAXIMUM_SEMAPHORES 4
#define CONFIGURE_MAXIMUM_MESSAGE_QUEUES 3
#define CONFIGURE_MESSAGE_BUFFER_MEMORY CONFIGURE_MESSAGE_BUFFERS_FOR_QUEUE(8, 32)
#include "classic_system.h"
