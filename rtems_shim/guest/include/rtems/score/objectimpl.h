/* Internals of the kernel are not in the guest; this name exists so that tests find it. */

#ifndef _RTEMS_SCORE_OBJECTIMPL_H
#define _RTEMS_SCORE_OBJECTIMPL_H

#include <rtems/score/object.h>

#endif
