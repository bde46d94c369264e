/* Internals of the kernel are not in the guest; this name exists so that tests find it. */

#ifndef _RTEMS_RTEMS_TASKSIMPL_H
#define _RTEMS_RTEMS_TASKSIMPL_H

#include <rtems/rtems/tasks.h>
#include <rtems/score/threadimpl.h>

#endif
