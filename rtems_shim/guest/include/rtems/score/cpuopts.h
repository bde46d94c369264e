/* Options of this system: the POSIX API is there, one processor, no networking. */

#ifndef _RTEMS_SCORE_CPUOPTS_H
#define _RTEMS_SCORE_CPUOPTS_H

#define RTEMS_POSIX_API 1
#define RTEMS_NEWLIB 1
#define __RTEMS_MAJOR__ 6
#define __RTEMS_MINOR__ 0
#define __RTEMS_REVISION__ 0

#endif
