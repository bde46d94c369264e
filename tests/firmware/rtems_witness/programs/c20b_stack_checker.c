/* What the stack checker tells, and the names of the idle thread. */
#include "witness.h"
#include <rtems/stackchk.h>
static void v(const rtems_stack_checker_info *i, void *a) { if (i->id == rtems_task_self() || i->size < 100) printf("v: %lx %s %d %d\n", (long) i->id, i->name, (int) i->size, i->used != UINTPTR_MAX); note(i->name); }
static rtems_task t(rtems_task_argument a) { volatile char big[700]; for (int i = 0; i < 700; i++) big[i] = 1; rtems_task_suspend(RTEMS_SELF); }
static void u(const rtems_stack_checker_info *i, void *a) { if (i->id == *(rtems_id *) a) printf("u: %s %d %d %d\n", i->name, (int) i->size, i->used > 700 , i->used < 1200); }
static rtems_task Init(rtems_task_argument x) { rtems_stack_checker_iterate(v, NULL); show("all"); rtems_id id; rtems_task_create(rtems_build_name('U','S','E','R'), 1, 2048, 0, 0, &id); rtems_task_start(id, t, 0); static rtems_id s; s = id; rtems_stack_checker_iterate(u, &s); VI("blown", rtems_stack_checker_is_blown()); char b[20] = ""; VS("idle", rtems_object_get_name(0x09010001, 20, b)); rtems_name n = 0; RT("classic-name", rtems_object_get_classic_name(0x09010001, &n)); VX("n", n); exit(0); }
#define CLASSIC
#define CONFIGURE_STACK_CHECKER_ENABLED
#include "witness_config.h"
