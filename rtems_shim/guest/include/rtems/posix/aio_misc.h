/* What a program asks of asynchronous input and output beside <aio.h>. */

#ifndef _AIO_MISC_H
#define _AIO_MISC_H

#include <aio.h>

#ifdef __cplusplus
extern "C" {
#endif

#define AIO_MAX_THREADS 5
#undef AIO_LISTIO_MAX /* <limits.h> has the least that POSIX asks for */
#define AIO_LISTIO_MAX 20
#define RTEMS_AIO_MAX 100

/* Before the first request, on RTEMS; there is nothing to do here. */
int rtems_aio_init(void);

#ifdef __cplusplus
}
#endif

#endif
