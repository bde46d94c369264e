/* Device nodes: calls on them reach the program's driver, or the handlers that it gave the node. */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <rtems.h>
#include <rtems/imfs.h>
#include <rtems/libio.h>

#define MINOR 7
#define COMMAND 5

static char store[16];

static rtems_device_driver start(rtems_device_major_number major, rtems_device_minor_number minor, void *argument)
{
  (void) minor;
  (void) argument;
  return rtems_io_register_name("/dev/store", major, MINOR);
}

static rtems_device_driver begin(rtems_device_major_number major, rtems_device_minor_number minor, void *argument)
{
  rtems_libio_open_close_args_t *arguments = argument;

  (void) major;
  printf("  opened %d, flags 0x%x\n", (int) minor, (unsigned) arguments->flags);
  arguments->iop->data0 = 77;
  return minor == MINOR ? RTEMS_SUCCESSFUL : RTEMS_UNSATISFIED;
}

static rtems_device_driver end(rtems_device_major_number major, rtems_device_minor_number minor, void *argument)
{
  rtems_libio_open_close_args_t *arguments = argument;

  (void) major;
  printf("  closed %d, data %d\n", (int) minor, (int) arguments->iop->data0);
  return RTEMS_SUCCESSFUL;
}

static rtems_device_driver get(rtems_device_major_number major, rtems_device_minor_number minor, void *argument)
{
  rtems_libio_rw_args_t *transfer = argument;
  size_t left = transfer->offset < (off_t) sizeof(store) ? sizeof(store) - (size_t) transfer->offset : 0;

  (void) major;
  (void) minor;
  transfer->bytes_moved = transfer->count < left ? transfer->count : left;
  memcpy(transfer->buffer, store + transfer->offset, transfer->bytes_moved);
  return RTEMS_SUCCESSFUL;
}

static rtems_device_driver put(rtems_device_major_number major, rtems_device_minor_number minor, void *argument)
{
  rtems_libio_rw_args_t *transfer = argument;

  (void) major;
  (void) minor;
  if (transfer->offset + transfer->count > (off_t) sizeof(store)) {
    return RTEMS_INVALID_SIZE;
  }
  memcpy(store + transfer->offset, transfer->buffer, transfer->count);
  transfer->bytes_moved = transfer->count;
  return RTEMS_SUCCESSFUL;
}

static rtems_device_driver control(rtems_device_major_number major, rtems_device_minor_number minor, void *argument)
{
  rtems_libio_ioctl_args_t *asked = argument;

  (void) major;
  (void) minor;
  asked->ioctl_return = 42;
  return asked->command == COMMAND ? RTEMS_SUCCESSFUL : RTEMS_NOT_DEFINED;
}

static const rtems_driver_address_table driver = { start, begin, end, get, put, control };

static int handler_open(rtems_libio_t *iop, const char *path, int flags, mode_t mode)
{
  (void) iop;
  (void) flags;
  (void) mode;
  printf("  opens %s\n", path);
  return 0;
}

static ssize_t handler_read(rtems_libio_t *iop, void *buffer, size_t size)
{
  IMFS_jnode_t *node = iop->pathinfo.node_access;

  (void) size;
  strcpy(buffer, node->context);
  return (ssize_t) strlen(buffer);
}

static const rtems_filesystem_file_handlers_r handlers = {
  .open_h = handler_open,
  .close_h = rtems_filesystem_default_close,
  .read_h = handler_read,
  .write_h = rtems_filesystem_default_write,
  .ioctl_h = rtems_filesystem_default_ioctl
};

static const IMFS_node_control node =
  IMFS_GENERIC_INITIALIZER(&handlers, IMFS_node_initialize_default, IMFS_node_destroy_default);

static void say(const char *what, int result)
{
  int error = result < 0 ? errno : 0;

  printf("%s %d%s%s\n", what, result, error != 0 ? " " : "", error != 0 ? strerror(error) : "");
}

static void use_driver(void)
{
  rtems_device_major_number major = 0;
  char text[20] = "";
  struct stat status;
  int fd, other;
  FILE *file;

  printf("register %s\n", rtems_status_text(rtems_io_register_driver(0, &driver, &major)));
  fd = open("/dev/store", O_RDWR);
  stat("/dev/store", &status);
  say("is a device", S_ISCHR(status.st_mode));
  say("is the driver's", (rtems_device_major_number) status.st_rdev == major);
  say("minor", (int) (status.st_rdev >> 32));
  say("write", (int) write(fd, "hello, world", 12));
  say("seek", (int) lseek(fd, 7, SEEK_SET));
  say("read", (int) read(fd, text, 5));
  puts(text);
  say("write too much", (int) write(fd, text, 9));
  say("ioctl", ioctl(fd, COMMAND, NULL));
  say("unknown ioctl", ioctl(fd, COMMAND + 1, NULL));
  other = dup(fd);
  say("close one of two", close(fd));
  say("close the other", close(other));
  say("mknod", mknod("/dev/other", S_IFCHR | 0666, rtems_filesystem_make_dev_t(major, MINOR + 1)));
  say("open what the driver refuses", open("/dev/other", O_RDONLY));
  say("mknod of no driver", mknod("/dev/none", S_IFCHR | 0666, rtems_filesystem_make_dev_t(99, 0)));
  say("open of no driver", open("/dev/none", O_RDONLY));
  file = fopen("/dev/store", "r");
  printf("fgets %s\n", fgets(text, 6, file));
  fclose(file);
}

static void use_handlers(void)
{
  char text[20] = "";
  int fd;

  say("make", IMFS_make_generic_node("/dev/echo", S_IFCHR | 0666, &node, "echo"));
  fd = open("/dev/echo", O_RDWR);
  say("read", (int) read(fd, text, 5));
  puts(text);
  say("write", (int) write(fd, text, 4));
  say("close", close(fd));
}

static rtems_task Init(rtems_task_argument argument)
{
  char text[4] = "xyz";
  int fd;

  (void) argument;
  use_driver();
  use_handlers();
  fd = open("/dev/null", O_RDWR);
  say("null takes", (int) write(fd, text, 3));
  say("null gives", (int) read(fd, text, 3));
  say("no zero", open("/dev/zero", O_RDONLY));
  exit(0);
}

#define CONFIGURE_APPLICATION_NEEDS_CONSOLE_DRIVER
#define CONFIGURE_APPLICATION_NEEDS_STUB_DRIVER
#define CONFIGURE_MAXIMUM_FILE_DESCRIPTORS 8
#define CONFIGURE_MAXIMUM_DRIVERS 4
#define CONFIGURE_MAXIMUM_TASKS 1
#define CONFIGURE_RTEMS_INIT_TASKS_TABLE
#define CONFIGURE_INIT
#include <rtems/confdefs.h>
