/* Asynchronous input and output: POSIX's calls. What serves them is aio_queue.c. */

#include <errno.h>
#include <stdlib.h>

#include "aio_queue.h"

int rtems_aio_init(void)
{
  return 0;
}

static int answer(int error)
{
  if (error == 0) {
    return 0;
  }
  errno = error;
  return -1;
}

int aio_read(struct aiocb *block)
{
  return answer(rtems_shim_aio_submit(LIO_READ, block, NULL));
}

int aio_write(struct aiocb *block)
{
  return answer(rtems_shim_aio_submit(LIO_WRITE, block, NULL));
}

int aio_fsync(int operation, struct aiocb *block)
{
  return answer(operation == O_SYNC ? rtems_shim_aio_submit(RTEMS_SHIM_AIO_SYNCHRONIZE, block, NULL) : EINVAL);
}

int aio_error(const struct aiocb *block)
{
  return block == NULL || block->return_status == RTEMS_SHIM_AIO_TOLD ? answer(EINVAL) : block->error_code;
}

ssize_t aio_return(struct aiocb *block)
{
  if (block == NULL) {
    return answer(ENOENT);
  }
  if (block->return_status == RTEMS_SHIM_AIO_TOLD || block->error_code == EINPROGRESS) {
    return answer(EINVAL);
  }
  block->return_status = RTEMS_SHIM_AIO_TOLD;
  return block->error_code == 0 ? block->return_value : answer(block->error_code);
}

int aio_cancel(int fd, struct aiocb *block)
{
  if (fcntl(fd, F_GETFD) < 0) {
    return answer(EBADF);
  }
  if (block != NULL && block->aio_fildes != fd) {
    return answer(EINVAL);
  }
  return rtems_shim_aio_cancel(fd, block);
}

/* As on RTEMS. */
int aio_suspend(const struct aiocb *const blocks[], int count, const struct timespec *timeout)
{
  (void) blocks;
  (void) count;
  (void) timeout;
  return answer(ENOSYS);
}

/* Every request is tried. Returns whether each was taken. */
static bool submit_all(struct aiocb *const *blocks, int count, struct rtems_shim_aio_list *list)
{
  bool taken = true;
  int index;

  for (index = 0; index < count; ++index) {
    struct aiocb *block = blocks[index];

    if (block != NULL && block->aio_lio_opcode != LIO_NOP) {
      const bool known = block->aio_lio_opcode == LIO_READ || block->aio_lio_opcode == LIO_WRITE;

      taken = (known && rtems_shim_aio_submit(block->aio_lio_opcode, block, list) == 0) && taken;
    }
  }
  return taken;
}

/* Not on the caller's stack, which those who serve the requests may not touch. */
static struct rtems_shim_aio_list *new_list(const struct sigevent *event)
{
  struct rtems_shim_aio_list *list = calloc(1, sizeof(*list));

  if (list != NULL) {
    list->left = 1;
    list->waited_for = event == NULL;
    if (event != NULL) {
      list->event = *event;
    }
  }
  return list;
}

int lio_listio(
  int mode,
  struct aiocb *__restrict const given[__restrict],
  int count,
  struct sigevent *__restrict event
)
{
  struct aiocb *const *blocks = (struct aiocb *const *) given;
  struct rtems_shim_aio_list *list;
  bool taken;

  if (blocks == NULL || (mode != LIO_WAIT && mode != LIO_NOWAIT) || count <= 0 || count > AIO_LISTIO_MAX) {
    return answer(EINVAL);
  }
  if (mode == LIO_NOWAIT && (event == NULL || event->sigev_notify == SIGEV_NONE)) {
    return answer(submit_all(blocks, count, NULL) ? 0 : EIO);
  }
  list = new_list(mode == LIO_WAIT ? NULL : event);
  if (list == NULL) {
    return answer(EAGAIN);
  }
  taken = submit_all(blocks, count, list);
  return answer(rtems_shim_aio_list_end(list) && taken ? 0 : EIO);
}
