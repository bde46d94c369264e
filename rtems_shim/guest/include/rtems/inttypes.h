/* printf() formats for types of POSIX and RTEMS that <inttypes.h> does not know. */

#ifndef _RTEMS_INTTYPES_H
#define _RTEMS_INTTYPES_H

#include <inttypes.h>

#define PRIomode_t PRIo32
#define PRIooff_t PRIo64
#define PRIdoff_t PRId64
#define PRIdtime_t PRId64
#define PRIxblksize_t "lx"
#define PRIxblkcnt_t "lx"
#define PRIuino_t PRIu64
#define PRIxino_t PRIx64
#define PRIdioctl_command_t "ld"

#define PRIxrtems_id PRIx32
#define PRIdPriority_Control PRIu32
#define PRIxPriority_Control PRIx32
#define PRIdrtems_task_priority PRIu32
#define PRIxrtems_task_priority PRIx32
#define PRIdWatchdog_Interval PRIu32
#define PRIdrtems_interval PRIdWatchdog_Interval
#define PRIdThread_Entry_numeric_type PRIuPTR
#define PRIdrtems_task_argument PRIdThread_Entry_numeric_type
#define PRIxrtems_event_set PRIx32
#define PRIxrtems_signal_set PRIx32
#define PRIxpthread_t PRIx32
#define PRIdHeap_statistics_Stat PRIu32

#endif
