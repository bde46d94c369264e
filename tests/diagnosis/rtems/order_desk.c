/* Orders go to a kitchen of lower urgency, which works on them one after the other. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rtems.h>

struct order {
  unsigned table;
  const char *dish;
};

static rtems_id orders;

static rtems_task kitchen(rtems_task_argument argument)
{
  struct order order;
  size_t size;

  (void) argument;
  for (;;) {
    rtems_message_queue_receive(orders, &order, &size, RTEMS_WAIT, RTEMS_NO_TIMEOUT);
    printf("table %u: %s\n", order.table, order.dish);
  }
}

static void __attribute__((noinline)) take_order(unsigned table, const char *what, unsigned count)
{
  char dish[24];
  struct order order = { .table = table, .dish = dish };

  snprintf(dish, sizeof dish, "%u %s", count, what);
  rtems_message_queue_send(orders, &order, sizeof order);
}

static void __attribute__((noinline)) take_standard_order(unsigned table)
{
  struct order order = { .table = table, .dish = "menu of the day" };

  rtems_message_queue_send(orders, &order, sizeof order);
}

rtems_task Init(rtems_task_argument argument)
{
  rtems_id task;

  (void) argument;
  rtems_message_queue_create(rtems_build_name('O', 'R', 'D', 'R'), 8, sizeof(struct order), RTEMS_DEFAULT_ATTRIBUTES,
                             &orders);
  rtems_task_create(rtems_build_name('K', 'T', 'C', 'H'), 100, 8192, RTEMS_DEFAULT_MODES, RTEMS_DEFAULT_ATTRIBUTES, &task);
  rtems_task_start(task, kitchen, 0);
  take_standard_order(3);
  take_order(4, "pancakes", 2);
  take_standard_order(5);
  rtems_task_wake_after(10);
  exit(0);
}

#define CONFIGURE_MAXIMUM_TASKS 3
#define CONFIGURE_MAXIMUM_MESSAGE_QUEUES 1
#define CONFIGURE_MESSAGE_BUFFER_MEMORY 512
#include "classic_system.h"
