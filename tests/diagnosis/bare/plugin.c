/* Code that is loaded into RAM and called there: a plug-in with a header that says where it begins. */

#include "board.h"

#include <string.h>

struct plugin {
  uint32_t magic;
  uint32_t size;
  uint16_t code[30];
};

static const struct plugin stored = {
  .magic = 0x504C5547,
  .size = 4,
  .code = { 0x3007, 0x4770 }, /* adds r0, #7; bx lr */
};

static struct plugin loaded __attribute__((aligned(16)));

typedef uint32_t (*plugin_entry)(uint32_t);

static int load(struct plugin *to, const struct plugin *from)
{
  if (from->magic != 0x504C5547 || from->size > sizeof to->code) {
    return -1;
  }
  to->magic = from->magic;
  to->size = from->size;
  memcpy(to->code, from->code, from->size / sizeof(uint32_t));
  return 0;
}

static uint32_t call(const struct plugin *plugin, uint32_t argument)
{
  plugin_entry entry = (plugin_entry) ((uint32_t) plugin->code + 2 | 1);

  return entry(argument);
}

int main(void)
{
  if (load(&loaded, &stored) != 0) {
    print("not a plug-in\n");
    return 1;
  }
  print_number("answer ", (long) call(&loaded, 35));
  return 0;
}
