/* Requests of asynchronous input and output, as aio.c makes them and aio_queue.c serves them. */

#ifndef RTEMS_SHIM_AIO_QUEUE_H
#define RTEMS_SHIM_AIO_QUEUE_H

#include <stdbool.h>

#include <rtems/posix/aio_misc.h>

/* An operation beside those of lio_listio(). */
#define RTEMS_SHIM_AIO_SYNCHRONIZE (LIO_WRITE + 1)

/* What became of a request. */
enum { RTEMS_SHIM_AIO_PENDING = 1, RTEMS_SHIM_AIO_FINISHED, RTEMS_SHIM_AIO_TOLD };

/* What lio_listio() asked for together; ``left`` are the requests that are not finished, and the call itself. */
struct rtems_shim_aio_list {
  int left;
  bool failed, waited_for;
  struct sigevent event;
};

/* Returns 0 or an error number. */
int rtems_shim_aio_submit(int operation, struct aiocb *block, struct rtems_shim_aio_list *list);

/* Cancels what is not yet begun of ``fd``: all of it, or the one of ``block``. Returns AIO_CANCELED or the like. */
int rtems_shim_aio_cancel(int fd, const struct aiocb *block);

/* The call has submitted what it could, and waits, or does not. The list is freed. Returns whether all went well yet. */
bool rtems_shim_aio_list_end(struct rtems_shim_aio_list *list);

#endif
