/* A start-up file written by hand: the stack, .data, .bss, and what main() needs of them. */

#include "board.h"

extern uint32_t __stack_top, __data_load, __data_start, __data_end, __bss_start, __bss_end;

struct command {
  const char *name;
  int (*run)(int argument);
};

static int cmd_help(int argument)
{
  print("help\n");
  return argument;
}

static int cmd_reboot(int argument)
{
  print("reboot\n");
  return argument + 1;
}

static struct command commands[] = {
  { "help", cmd_help },
  { "reboot", cmd_reboot },
};
static unsigned history[16];

void replace_command(unsigned index, int (*run)(int argument));
void replace_command(unsigned index, int (*run)(int argument))
{
  commands[index].run = run;
}

static int execute(unsigned index, int argument)
{
  struct command *command = &commands[index];

  ++history[index];
  return command->run(argument);
}

int main(void)
{
  int sum = 0;

  if (history[0] != 0) {
    replace_command(0, cmd_reboot);
  }
  for (unsigned i = 0; i < 2; ++i) {
    sum += execute(i, (int) i);
  }
  return sum == 2 ? 0 : 1;
}

void Reset_Handler(void);
void Reset_Handler(void)
{
  uint32_t *from = &__data_load;
  uint32_t *to = &__data_start;

  while (to < &__data_end) {
    *to++ = *from++;
  }
  for (to = &__data_start; to < &__bss_end; ++to) {
    *to = 0;
  }
  uart_init();
  leave(main());
}

static void halt(void)
{
  for (;;) {
  }
}

__attribute__((section(".vectors"), used)) const void *const vectors[16] = {
  &__stack_top, (void *) Reset_Handler, (void *) halt, (void *) halt, (void *) halt, (void *) halt, (void *) halt,
};
