/* Settings with defaults in a constant. The driver waits until its own entry says that it is calibrated. */

#include "board.h"

struct setting {
  uint32_t key;
  uint32_t value;
};

static const struct setting settings[] = {
  { 0x10, 9600 },
  { 0x11, 0 },
  { 0x12, 50 },
};

static struct setting *find(uint32_t key)
{
  for (unsigned i = 0; i < sizeof settings / sizeof settings[0]; ++i) {
    if (settings[i].key == key) {
      return (struct setting *) &settings[i];
    }
  }
  return 0;
}

static void store(uint32_t key, uint32_t value)
{
  volatile uint32_t *place = &find(key)->value;

  *place = value;
}

static void calibrate(void)
{
  uint32_t reference = 0;

  for (uint32_t i = 0; i < 10; ++i) {
    reference += i * 3;
  }
  store(0x11, reference);
}

static void wait_until_calibrated(void)
{
  const volatile uint32_t *value = &find(0x11)->value;

  while (*value == 0) {
  }
}

int main(void)
{
  calibrate();
  wait_until_calibrated();
  print_number("baud ", (long) find(0x10)->value);
  return 0;
}
