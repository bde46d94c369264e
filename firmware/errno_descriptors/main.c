/* What else can be done with a mapping or with a shared memory object's descriptor, and what cannot. */

#include "../support/rows.h"

#include <sys/ioctl.h>

const char rtems_test_name[] = "errno descriptors";

#define PAGE 4096
#define RW (PROT_READ | PROT_WRITE)
#define AT(address) ((void *) (uintptr_t) (address))

static void mappings(void)
{
  char *area = mmap(NULL, 2 * PAGE, RW, MAP_ANON | MAP_PRIVATE, -1, 0);

  rtems_test_assert(area != MAP_FAILED);
  FAILS(munmap(area, 0), EINVAL);
  FAILS(munmap(AT(-PAGE), 2 * PAGE), EINVAL);
  GIVES(munmap(AT(0x10000000), PAGE), 0);
  GIVES(mprotect(area, PAGE, PROT_READ), 0);
  area[0] = 1;
  GIVES(area[0], 1);
  FAILS(msync(area, PAGE, MS_SYNC), EINVAL);
  /* One byte in the middle takes the whole mapping. */
  GIVES(munmap(area + PAGE, 1), 0);
  GIVES(munmap(area, 2 * PAGE), 0);
}

static void descriptors(void)
{
  int fd = shm_open("/object", O_CREAT | O_RDWR, 0600);
  struct stat status;
  char buffer[8] = "";
  char *area;

  rtems_test_assert(fd >= 0 && ftruncate(fd, PAGE) == 0);
  area = mmap(NULL, PAGE, RW, MAP_SHARED, fd, 0);
  rtems_test_assert(area != MAP_FAILED);
  memcpy(area, "content", 8);

  FAILS(fstat(fd, NULL), EFAULT);
  FAILS(fstat(99, &status), EBADF);
  GIVES(fstat(fd, &status), 0);
  GIVES(status.st_size, PAGE);
  GIVES(read(fd, buffer, sizeof(buffer)), 8);
  GIVES(strcmp(buffer, "content"), 0);
  GIVES(read(fd, buffer, 4), 4);
  GIVES(memcmp(buffer, "cont", 4), 0);
  FAILS(write(fd, buffer, 4), ENOTSUP);
  FAILS(lseek(fd, 0, SEEK_SET), ESPIPE);
  FAILS(ioctl(fd, FIONREAD, buffer), ENOTTY);
  FAILS(read(99, buffer, 1), EBADF);
  FAILS(write(99, buffer, 1), EBADF);
  FAILS(lseek(99, 0, SEEK_SET), EBADF);
  FAILS(ioctl(99, FIONREAD, buffer), EBADF);
  GIVES(munmap(area, PAGE), 0);
  GIVES(close(fd), 0);
  FAILS(close(fd), EBADF);
  FAILS(close(-1), EBADF);
}

/* The last close and the last mapping gone, an object is empty again, though its name is still there. */
static void after_the_last_close(void)
{
  int fd = shm_open("/object", O_RDWR, 0);
  struct stat status;

  GIVES(fd >= 0, 1);
  GIVES(fstat(fd, &status), 0);
  GIVES(status.st_size, 0);
  GIVES(close(fd), 0);
}

void *POSIX_Init(void *argument)
{
  (void) argument;
  TEST_BEGIN();
  mappings();
  descriptors();
  after_the_last_close();
  end_rows();
}

#include "../support/posix_config.h"
