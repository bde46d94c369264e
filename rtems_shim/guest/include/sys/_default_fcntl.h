/* newlib's flags of open(), and the two that it does not have: what synchronises anything synchronises all. */

#ifndef _RTEMS_SHIM_SYS_DEFAULT_FCNTL_H
#define _RTEMS_SHIM_SYS_DEFAULT_FCNTL_H

#include_next <sys/_default_fcntl.h>

#ifndef O_DSYNC
#define O_DSYNC O_SYNC
#endif
#ifndef O_RSYNC
#define O_RSYNC O_SYNC
#endif

#endif
