/* Ticks. */

#ifndef _RTEMS_SCORE_WATCHDOGTICKS_H
#define _RTEMS_SCORE_WATCHDOGTICKS_H

#include <stdint.h>

typedef uint32_t Watchdog_Interval;

#define WATCHDOG_NO_TIMEOUT 0
#define WATCHDOG_TICKS_PER_TIMESLICE_DEFAULT 50

#endif
