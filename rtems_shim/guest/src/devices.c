/*
 * Device nodes of the program: calls on them reach its driver, or the handlers that it gave the node. The kernel keeps
 * nodes and positions; the library asks it who serves a descriptor, and calls the routine, here, as the caller.
 */

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <rtems.h>
#include <rtems/imfs.h>

#include "internal.h"

#define PAGE 4096
#define IN_A_CALL (LIBIO_FLAGS_OPEN | LIBIO_FLAGS_REFERENCE_INC)

/* What the routines see of an opening; the kernel numbers them. */
struct opening {
  struct opening *next;
  unsigned serial;
  rtems_libio_t iop;
};

static struct opening *openings;

static bool served(int fd, struct rtems_shim_device_opening *opening)
{
  rtems_shim_device_of(fd, opening);
  return opening->kind != RTEMS_SHIM_DEVICE_NONE;
}

static int failed(int error)
{
  errno = error;
  return -1;
}

/* Of a file that is neither open yet nor in a call. */
static uint32_t libio_flags(unsigned flags)
{
  const unsigned mode = flags & O_ACCMODE;

  return (mode != O_WRONLY ? LIBIO_FLAGS_READ : 0) | (mode != O_RDONLY ? LIBIO_FLAGS_WRITE : 0) |
    ((flags & O_APPEND) != 0 ? LIBIO_FLAGS_APPEND : 0) | ((flags & O_NONBLOCK) != 0 ? LIBIO_FLAGS_NO_DELAY : 0);
}

static const rtems_filesystem_file_handlers_r *handlers_of(const struct rtems_shim_device_opening *opening)
{
  return ((const IMFS_node_control *) opening->first)->handlers;
}

static struct opening **place_of(unsigned serial)
{
  struct opening **place = &openings;

  while (*place != NULL && (*place)->serial != serial) {
    place = &(*place)->next;
  }
  return place;
}

/* What the routines see of it, with ``state``; NULL where there is no memory for that. */
static rtems_libio_t *opening_of(const struct rtems_shim_device_opening *told, uint32_t state)
{
  struct opening *opening = *place_of(told->serial);

  if (opening == NULL) {
    opening = calloc(1, sizeof(*opening));
    if (opening == NULL) {
      return NULL;
    }
    opening->serial = told->serial;
    opening->next = openings;
    openings = opening;
  }
  opening->iop.flags = libio_flags(told->flags) | state;
  opening->iop.offset = told->position;
  if (told->kind == RTEMS_SHIM_DEVICE_HANDLERS) {
    opening->iop.pathinfo.node_access = (void *) told->second;
    opening->iop.pathinfo.handlers = handlers_of(told);
  }
  return &opening->iop;
}

static void forget(unsigned serial)
{
  struct opening **place = place_of(serial), *opening = *place;

  if (opening != NULL) {
    *place = opening->next;
    free(opening);
  }
}

static int opened(int fd, const char *path, int flags, unsigned mode)
{
  struct rtems_shim_device_opening opening;
  rtems_libio_t *iop;
  int error = ENOMEM;

  if (!served(fd, &opening)) {
    return fd;
  }
  iop = opening_of(&opening, 0);
  if (iop != NULL && opening.kind == RTEMS_SHIM_DEVICE_HANDLERS) {
    error = handlers_of(&opening)->open_h(iop, path, flags, mode) == 0 ? 0 : errno;
  } else if (iop != NULL) {
    rtems_libio_open_close_args_t arguments = { .iop = iop, .flags = iop->flags, .mode = mode };

    error = rtems_status_code_to_errno(rtems_io_open(opening.first, opening.second, &arguments)) == 0 ? 0 : errno;
  }
  if (error != 0) {
    forget(opening.serial);
    (void) rtems_shim_close(fd);
    return failed(error);
  }
  return fd;
}

static int closed(int fd)
{
  struct rtems_shim_device_opening opening;
  rtems_libio_t *iop;
  int result;

  if (!served(fd, &opening)) {
    return 0;
  }
  iop = opening_of(&opening, 0);
  if (iop == NULL) {
    return failed(ENOMEM);
  }
  if (opening.kind == RTEMS_SHIM_DEVICE_HANDLERS) {
    result = handlers_of(&opening)->close_h(iop);
  } else {
    rtems_libio_open_close_args_t arguments = { .iop = iop };

    result = rtems_status_code_to_errno(rtems_io_close(opening.first, opening.second, &arguments));
  }
  forget(opening.serial);
  return result;
}

static int move(int fd, void *buffer, size_t size, bool writes)
{
  struct rtems_shim_device_opening opening;
  rtems_libio_t *iop;
  int moved;

  if (!served(fd, &opening)) {
    return failed(EBADF);
  }
  iop = opening_of(&opening, IN_A_CALL);
  if (iop == NULL) {
    return failed(ENOMEM);
  }
  if (opening.kind == RTEMS_SHIM_DEVICE_HANDLERS) {
    const rtems_filesystem_file_handlers_r *handlers = handlers_of(&opening);

    moved = writes ? handlers->write_h(iop, buffer, size) : handlers->read_h(iop, buffer, size);
  } else {
    rtems_libio_rw_args_t arguments = {
      .iop = iop, .offset = opening.position, .buffer = buffer, .count = (uint32_t) size, .flags = iop->flags
    };

    moved = rtems_status_code_to_errno(
      writes ? rtems_io_write(opening.first, opening.second, &arguments) :
               rtems_io_read(opening.first, opening.second, &arguments)
    );
    moved = moved == 0 ? (int) arguments.bytes_moved : moved;
  }
  if (moved > 0) {
    rtems_shim_device_moved(fd, (unsigned) moved);
  }
  return moved;
}

static int read_device(int fd, void *buffer, size_t size)
{
  return move(fd, buffer, size, false);
}

static int write_device(int fd, const void *buffer, size_t size)
{
  return move(fd, (void *) buffer, size, true);
}

static int control(int fd, unsigned command, void *argument)
{
  struct rtems_shim_device_opening opening;
  rtems_libio_t *iop;

  if (!served(fd, &opening)) {
    return failed(EBADF);
  }
  iop = opening_of(&opening, IN_A_CALL);
  if (iop == NULL) {
    return failed(ENOMEM);
  }
  if (opening.kind == RTEMS_SHIM_DEVICE_HANDLERS) {
    return handlers_of(&opening)->ioctl_h(iop, command, argument);
  }
  {
    rtems_libio_ioctl_args_t arguments = { .iop = iop, .command = command, .buffer = argument };

    return rtems_status_code_to_errno(rtems_io_control(opening.first, opening.second, &arguments)) == 0 ? arguments.ioctl_return : -1;
  }
}

static const struct rtems_shim_device_calls calls = {
  .opened = opened, .closed = closed, .read = read_device, .write = write_device, .ioctl = control
};

static int make(const char *path, mode_t mode, unsigned kind, unsigned first, unsigned second, void *memory)
{
  const int result = rtems_shim_device_node(path, mode, kind, first, second, memory, memory != NULL ? PAGE : 0);

  if (result == 0) {
    rtems_shim_device_calls = &calls;
  }
  return result;
}

int mknod(const char *path, mode_t mode, dev_t device)
{
  if (!S_ISCHR(mode) && !S_ISBLK(mode)) {
    return rtems_shim_has_room(RTEMS_SHIM_NODE, ENOMEM) ? rtems_shim_mknod(path, mode) : -1;
  }
  return make(
    path,
    mode,
    RTEMS_SHIM_DEVICE_DRIVER,
    rtems_filesystem_dev_major_t(device),
    rtems_filesystem_dev_minor_t(device),
    NULL
  );
}

/* Its mmap handler says once, now, which memory a shared mapping is. */
int IMFS_make_generic_node(const char *path, mode_t mode, const IMFS_node_control *control, void *context)
{
  void *memory = NULL;
  IMFS_jnode_t *node = malloc(sizeof(*node));
  int result;

  if (node == NULL) {
    return failed(ENOMEM);
  }
  node->context = context;
  if (control == NULL || control->handlers == NULL || control->node_initialize(node, context) == NULL) {
    free(node);
    return failed(EINVAL);
  }
  if (control->handlers->mmap_h != NULL && control->handlers->mmap_h(NULL, &memory, PAGE, PROT_READ, 0) != 0) {
    memory = NULL;
  }
  result = make(path, mode, RTEMS_SHIM_DEVICE_HANDLERS, (unsigned) control, (unsigned) node, memory);
  if (result != 0) {
    free(node);
  }
  return result;
}

IMFS_jnode_t *IMFS_node_initialize_default(IMFS_jnode_t *node, void *context)
{
  node->context = context;
  return node;
}

void IMFS_node_destroy_default(IMFS_jnode_t *node)
{
  (void) node;
}
