/* Keys of a keypad are looked up in a table of actions by their codes. */

#include "board.h"

#include <string.h>

typedef void (*action)(void);

static uint32_t level = 5;

static void up(void) { ++level; }
static void down(void) { --level; }
static void mute(void) { level = 0; }
static void none(void) { }

static const action actions[128] = { [0 ... 127] = none, ['u'] = up, ['d'] = down, ['m'] = mute };

static const char keys[] = "uud\xe4" "du";

static void press(signed char key)
{
  actions[key]();
}

static void play(const char *pressed)
{
  for (uint32_t i = 0; i < strlen(pressed); ++i) {
    press((signed char) pressed[i]);
  }
}

int main(void)
{
  play(keys);
  print_number("level ", (long) level);
  return 0;
}
