/* A recursive-descent calculator in a task with a small stack. */

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rtems.h>

struct parser {
  const char *next;
  unsigned depth;
};

static char deep[600];

static long parse_sum(struct parser *parser);

static long parse_factor(struct parser *parser)
{
  char digits[16];
  unsigned length = 0;

  if (*parser->next == '(') {
    long value;

    ++parser->next;
    ++parser->depth;
    value = parse_sum(parser);
    ++parser->next;
    return value;
  }
  while (isdigit((unsigned char) *parser->next) && length < sizeof digits - 1) {
    digits[length++] = *parser->next++;
  }
  digits[length] = '\0';
  return strtol(digits, NULL, 10);
}

static long parse_product(struct parser *parser)
{
  long value = parse_factor(parser);

  while (*parser->next == '*') {
    ++parser->next;
    value *= parse_factor(parser);
  }
  return value;
}

static long parse_sum(struct parser *parser)
{
  long value = parse_product(parser);

  while (*parser->next == '+') {
    ++parser->next;
    value += parse_product(parser);
  }
  return value;
}

static long evaluate(const char *text)
{
  struct parser parser = { .next = text, .depth = 0 };

  return parse_sum(&parser);
}

static rtems_task calculator(rtems_task_argument argument)
{
  (void) argument;
  printf("%ld\n", evaluate("(1+2)*(3+4)"));
  printf("%ld\n", evaluate(deep));
  exit(0);
}

rtems_task Init(rtems_task_argument argument)
{
  rtems_id task;

  (void) argument;
  memset(deep, '(', 290);
  deep[290] = '7';
  memset(deep + 291, ')', 290);
  rtems_task_create(rtems_build_name('C', 'A', 'L', 'C'), 5, 4096, RTEMS_DEFAULT_MODES, RTEMS_DEFAULT_ATTRIBUTES, &task);
  rtems_task_start(task, calculator, 0);
  rtems_task_exit();
}

#define CONFIGURE_MAXIMUM_TASKS 2
#include "classic_system.h"
