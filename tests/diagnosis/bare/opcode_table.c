/* A byte-code interpreter. The table of its operations is made by a tool that knows symbols as the linker lists them. */

#include "board.h"

struct machine {
  int32_t stack[16];
  unsigned depth;
  unsigned executed;
};

typedef void (*operation)(struct machine *);

static void push_one(struct machine *machine)
{
  machine->stack[machine->depth++] = 1;
}

static void add(struct machine *machine)
{
  machine->stack[machine->depth - 2] += machine->stack[machine->depth - 1];
  --machine->depth;
}

static void twice(struct machine *machine)
{
  machine->stack[machine->depth - 1] *= 2;
}

static operation operations[3];

static void set_operation(unsigned code, uint32_t address)
{
  operations[code] = (operation) address;
}

static void load_table(void)
{
  set_operation(0, (uint32_t) push_one);
  set_operation(1, (uint32_t) add);
  set_operation(2, (uint32_t) twice & ~1u); /* as in the map file */
}

static void interpret(struct machine *machine, const uint8_t *code, unsigned size)
{
  for (unsigned i = 0; i < size; ++i) {
    operations[code[i]](machine);
    ++machine->executed;
  }
}

int main(void)
{
  static const uint8_t code[] = { 0, 0, 1, 0, 1, 2, 2 };
  static struct machine machine;

  load_table();
  interpret(&machine, code, sizeof code);
  print_number("top ", (long) machine.stack[0]);
  return 0;
}
