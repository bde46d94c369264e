/* The workspace, greedy allocations, drivers, linker sets and the order of the system's initialization. */

#include <stdio.h>
#include <stdlib.h>

#include <rtems.h>
#include <rtems/bspIo.h>
#include <rtems/malloc.h>
#include <rtems/sysinit.h>

static void first(void)
{
  printk("sysinit: first\n");
}

static void second(void)
{
  printk("sysinit: second\n");
}

RTEMS_SYSINIT_ITEM(second, RTEMS_SYSINIT_LAST, RTEMS_SYSINIT_ORDER_MIDDLE);
RTEMS_SYSINIT_ITEM(first, RTEMS_SYSINIT_CLASSIC_TASKS, RTEMS_SYSINIT_ORDER_LAST);

static rtems_device_driver initialize(rtems_device_major_number major, rtems_device_minor_number minor, void *argument)
{
  (void) argument;
  printk("driver %d: initialize %d\n", (int) major, (int) minor);
  return RTEMS_SUCCESSFUL;
}

static rtems_device_driver control(rtems_device_major_number major, rtems_device_minor_number minor, void *argument)
{
  (void) major;
  *(int *) argument = (int) minor;
  return RTEMS_UNSATISFIED;
}

#define DRIVER { .initialization_entry = initialize, .control_entry = control }

static rtems_status_code create(size_t stack)
{
  rtems_id id;
  rtems_status_code status = rtems_task_create(
    rtems_build_name('T', 'A', 'S', 'K'), 2, stack, RTEMS_DEFAULT_MODES, RTEMS_DEFAULT_ATTRIBUTES, &id
  );

  if (status == RTEMS_SUCCESSFUL) {
    rtems_task_delete(id);
  }
  return status;
}

rtems_task Init(rtems_task_argument argument)
{
  static const rtems_driver_address_table driver = DRIVER;
  const uintptr_t sizes[] = { 8192, 0 };
  Heap_Information_block before, after;
  rtems_device_major_number major;
  uintptr_t largest;
  void *block, *greedy;
  int value = 0;

  (void) argument;
  rtems_workspace_get_information(&before);
  printf("allocate: %d\n", rtems_workspace_allocate(1000, &block));
  rtems_workspace_get_information(&after);
  printf("less: %d\n", after.Free.total + 1000 <= before.Free.total);
  rtems_workspace_free(block);
  greedy = rtems_workspace_greedy_allocate(NULL, 0);
  printf("nothing left: %s\n", rtems_status_text(create(4096)));
  rtems_workspace_greedy_free(greedy);
  greedy = rtems_workspace_greedy_allocate(sizes, 1);
  printf("8192 left: %s\n", rtems_status_text(create(4096)));
  printf("not more: %s\n", rtems_status_text(create(16384)));
  rtems_workspace_greedy_free(greedy);
  greedy = rtems_workspace_greedy_allocate_all_except_largest(&largest);
  rtems_workspace_get_information(&after);
  printf("the largest left: %d %d\n", after.Free.number == 1, after.Free.largest == largest);
  rtems_workspace_greedy_free(greedy);
  rtems_workspace_get_information(&after);
  printf("as before: %d\n", after.Free.total == before.Free.total && after.Used.number == before.Used.number);

  greedy = rtems_heap_greedy_allocate_all_except_largest(&largest);
  block = malloc(largest);
  printf("heap: %d %d\n", block != NULL, malloc(64) == NULL);
  free(block);
  rtems_heap_greedy_free(greedy);

  printf("register: %s", rtems_status_text(rtems_io_register_driver(0, &driver, &major)));
  printf(" %d\n", (int) major);
  printf("no place: %s\n", rtems_status_text(rtems_io_register_driver(0, &driver, &major)));
  printf("in use: %s\n", rtems_status_text(rtems_io_register_driver(1, &driver, &major)));
  printf("control: %s", rtems_status_text(rtems_io_control(1, 7, &value)));
  printf(" %d\n", value);
  printf("no routine: %s\n", rtems_status_text(rtems_io_open(1, 0, NULL)));
  printf("no driver: %s\n", rtems_status_text(rtems_io_open(9, 0, NULL)));
  printf("unregister: %s\n", rtems_status_text(rtems_io_unregister_driver(1)));
  printf("nothing there: %s\n", rtems_status_text(rtems_io_control(1, 7, &value)));
  exit(0);
}

#define CONFIGURE_APPLICATION_EXTRA_DRIVERS DRIVER
#define CONFIGURE_MAXIMUM_DRIVERS 3

#define CONFIGURE_APPLICATION_NEEDS_CLOCK_DRIVER
#define CONFIGURE_APPLICATION_NEEDS_CONSOLE_DRIVER
#define CONFIGURE_MAXIMUM_TASKS 4
#define CONFIGURE_RTEMS_INIT_TASKS_TABLE
#define CONFIGURE_INIT
#include <rtems/confdefs.h>
