/* Units are registered by name; each keeps a handler. */
#include <string.h>
#include "board.h"
struct unit { uint32_t id; char name[8]; void (*handler)(uint32_t); uint32_t count; };
static struct unit units[4];
static unsigned used;
static void on_event(uint32_t id) { print_number("event ", (long) id); }
static struct unit *add_unit(uint32_t id, const char *name, void (*handler)(uint32_t))
{
  struct unit *unit = &units[used++];
  unit->id = id;
  unit->handler = handler;
  strcpy(unit->name, name);
  return unit;
}
static void deliver(uint32_t id)
{
  for (unsigned i = 0; i < used; ++i) {
    if (units[i].id == id) {
      ++units[i].count;
      units[i].handler(id);
    }
  }
}
int main(void)
{
  add_unit(1, "pump", on_event);
  add_unit(2, "valve 12", on_event);
  add_unit(3, "heat exchanger", on_event);
  deliver(1);
  deliver(3);
  return 0;
}
