/* The limits of this system, as RTEMS has them; newlib's own are another system's. */

#ifndef _SYS_SYSLIMITS_H_
#define _SYS_SYSLIMITS_H_

#define ARG_MAX 4096
#define CHILD_MAX 6
#define LINK_MAX 8
#define MAX_CANON 255
#define MAX_INPUT 255
#define NAME_MAX 255
#define NGROUPS_MAX 15
#ifndef OPEN_MAX
#define OPEN_MAX 64
#endif
#define PATH_MAX 255
#define PIPE_BUF 512
#define IOV_MAX 1024

/* Of POSIX's utilities. */
#define BC_BASE_MAX 99
#define BC_DIM_MAX 2048
#define BC_SCALE_MAX 99
#define BC_STRING_MAX 1000
#define COLL_WEIGHTS_MAX 0
#define EXPR_NEST_MAX 32
#define LINE_MAX 2048
#define RE_DUP_MAX 255

#endif
