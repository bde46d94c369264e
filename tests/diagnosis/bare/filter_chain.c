/* A chain of filters, each with a table of its operations; one can be removed while the program runs. */

#include <stdlib.h>

#include "board.h"

struct filter;

struct operations {
  const char *name;
  void (*reset)(struct filter *filter);
  int (*apply)(struct filter *filter, int sample);
};

struct filter {
  const struct operations *operations;
  struct filter *next;
  int parameter;
};

static struct filter *chain, *selected;
static int *history;

static void reset(struct filter *filter)
{
  filter->parameter = 0;
}

static int scale(struct filter *filter, int sample)
{
  return sample * filter->parameter;
}

static int offset(struct filter *filter, int sample)
{
  return sample + filter->parameter;
}

static const struct operations scaling = { "scale", reset, scale };
static const struct operations shifting = { "offset", reset, offset };

static void add(const struct operations *operations, int parameter)
{
  struct filter *filter = malloc(sizeof *filter);

  filter->operations = operations;
  filter->parameter = parameter;
  filter->next = chain;
  chain = filter;
}

static void remove_first(void)
{
  struct filter *first = chain;

  chain = first->next;
  free(first);
}

static void keep_history(int sample)
{
  history = malloc(64);
  for (int i = 0; i < 16; ++i) {
    history[i] = sample * i;
  }
}

static int process(int sample)
{
  int result = selected->operations->apply(selected, sample);

  for (struct filter *filter = chain; filter != NULL; filter = filter->next) {
    result = filter->operations->apply(filter, result);
  }
  return result;
}

int main(void)
{
  int sample = 1;

  add(&scaling, 3);
  add(&shifting, 7);
  selected = chain;
  sample = process(sample);
  remove_first();
  keep_history(sample);
  print_number("sample ", process(sample));
  print_number("first ", history[1]);
  return 0;
}
