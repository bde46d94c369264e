/* The timer server's task, as RTEMS's tests look for it. */

#ifndef _RTEMS_RTEMS_TIMERIMPL_H
#define _RTEMS_RTEMS_TIMERIMPL_H

#include <rtems/rtems/timer.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
  rtems_id server_id;
} Timer_server_Control;

/* NULL until the server runs. */
extern Timer_server_Control *volatile _Timer_server;

#ifdef __cplusplus
}
#endif

#endif
