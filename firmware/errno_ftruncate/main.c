/* ftruncate(): every error, in the order of the checks, for ordinary objects and for thread stacks. */

#include "../support/rows.h"

const char rtems_test_name[] = "errno ftruncate";

#define HUGE_SIZE (64L * 1024 * 1024)

static sem_t end;

static void *owner(void *argument)
{
  rtems_test_assert(sem_wait(&end) == 0);
  return argument;
}

static void ordinary(void)
{
  int fd = shm_open("/object", O_CREAT | O_RDWR, 0600);
  int read_only = shm_open("/object", O_RDONLY, 0);
  struct stat status;

  rtems_test_assert(fd >= 0 && read_only >= 0);
  FAILS(ftruncate(-1, -1), EINVAL);
  FAILS(ftruncate(-1, 100), EBADF);
  FAILS(ftruncate(99, 100), EBADF);
  FAILS(ftruncate(read_only, 100), EINVAL);
  GIVES(ftruncate(fd, 0), 0);
  FAILS(ftruncate(fd, HUGE_SIZE), ENOMEM);
  GIVES(ftruncate(fd, 100), 0);
  rtems_test_assert(fstat(fd, &status) == 0);
  GIVES(status.st_size, 100);
  FAILS(ftruncate(fd, 100), EIO);
  FAILS(ftruncate(fd, 50), EIO);
  FAILS(ftruncate(fd, 200), EIO);
  GIVES(ftruncate(fd, 0), 0);
  rtems_test_assert(fstat(fd, &status) == 0);
  GIVES(status.st_size, 0);
  rtems_test_assert(close(read_only) == 0 && close(fd) == 0);
}

static void thread_stacks(void)
{
  struct stat status;
  int fd;

  start_thread("0x01", new_stack(), owner, NULL);
  rtems_test_assert(sched_yield() == 0);
  fd = shm_open("/taskfs/none", O_CREAT | O_RDWR, 0600);
  rtems_test_assert(fd >= 0);
  FAILS(ftruncate(fd, STACK_SIZE), ENOMEM);
  rtems_test_assert(close(fd) == 0);

  fd = shm_open("/taskfs/0x01", O_CREAT | O_RDWR, 0600);
  rtems_test_assert(fd >= 0);
  FAILS(ftruncate(fd, STACK_SIZE / 2), ENOMEM);
  FAILS(ftruncate(fd, STACK_SIZE + 1), ENOMEM);
  GIVES(ftruncate(fd, STACK_SIZE), 0);
  rtems_test_assert(fstat(fd, &status) == 0);
  GIVES(status.st_size, STACK_SIZE);
  rtems_test_assert(close(fd) == 0);
}

void *POSIX_Init(void *argument)
{
  (void) argument;
  TEST_BEGIN();
  rtems_test_assert(sem_init(&end, 0, 0) == 0);
  ordinary();
  thread_stacks();
  end_rows();
}

#include "../support/posix_config.h"
