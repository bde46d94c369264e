/* mmap(): every error, in the order of the checks. */

#include "../support/rows.h"

const char rtems_test_name[] = "errno mmap";

#define PAGE 4096
#define HUGE_SIZE (64UL * 1024 * 1024)
#define RW (PROT_READ | PROT_WRITE)
#define ANON_PRIVATE (MAP_ANON | MAP_PRIVATE)
#define AT(address) ((void *) (uintptr_t) (address))
#define MAP_UNKNOWN 0x0080

static void arguments(void)
{
  FAILS(mmap(NULL, 0, PROT_NONE, 0, 99, 0), EINVAL);
  FAILS(mmap(NULL, PAGE, PROT_NONE, 0, 99, 0), ENOTSUP);
  FAILS(mmap(NULL, PAGE, PROT_READ, 0, 99, 0), ENOTSUP);
  FAILS(mmap(NULL, PAGE, PROT_EXEC, 0, 99, 0), ENOTSUP);
  FAILS(mmap(NULL, PAGE, RW, ANON_PRIVATE, 0, 0), EINVAL);
  FAILS(mmap(NULL, PAGE, RW, ANON_PRIVATE, -1, PAGE), EINVAL);
  FAILS(mmap(NULL, PAGE, RW, MAP_ANON | MAP_SHARED, -1, 0), EINVAL);
  FAILS(mmap(NULL, PAGE, RW, ANON_PRIVATE | MAP_UNKNOWN, -1, 0), EINVAL);
  FAILS(mmap(NULL, PAGE, RW, MAP_SHARED | MAP_PRIVATE, 99, 0), EINVAL);
  FAILS(mmap(NULL, PAGE, RW, 0, 99, 0), EINVAL);
  FAILS(mmap(NULL, PAGE, RW, MAP_FIXED | ANON_PRIVATE, -1, 0), EINVAL);
  FAILS(mmap(AT(1), PAGE, RW, MAP_FIXED | ANON_PRIVATE, -1, 0), EINVAL);
  FAILS(mmap(AT(PAGE - 1), PAGE, RW, MAP_FIXED | ANON_PRIVATE, -1, 0), EINVAL);
  FAILS(mmap(AT(-PAGE), PAGE, RW, MAP_FIXED | ANON_PRIVATE, -1, 0), EINVAL);
  FAILS(mmap(NULL, PAGE, RW, MAP_SHARED, 99, 0), EBADF);
  FAILS(mmap(NULL, PAGE, RW, MAP_SHARED, -1, 0), EBADF);
}

static void files(void)
{
  int directory, file;

  rtems_test_assert(mkdir("/directory", 0755) == 0);
  directory = open("/directory", O_RDONLY);
  rtems_test_assert(directory >= 0);
  FAILS(mmap(NULL, PAGE, RW, MAP_SHARED, directory, 0), ENODEV);
  rtems_test_assert(close(directory) == 0);

  file = open("/file", O_CREAT | O_RDWR, 0600);
  rtems_test_assert(file >= 0 && write(file, "0123456789", 10) == 10);
  FAILS(mmap(NULL, PAGE, RW, MAP_PRIVATE, file, 0), EOVERFLOW);
  FAILS(mmap(NULL, 4, RW, MAP_PRIVATE, file, 8), EOVERFLOW);
  rtems_test_assert(close(file) == 0);
}

static void objects(void)
{
  int fd = shm_open("/object", O_CREAT | O_RDWR, 0600);
  char *first, *second;

  rtems_test_assert(fd >= 0);
  FAILS(mmap(NULL, PAGE, RW, MAP_SHARED, fd, 0), ENXIO);
  rtems_test_assert(ftruncate(fd, PAGE) == 0);
  FAILS(mmap(NULL, PAGE + 1, RW, MAP_SHARED, fd, 0), ENXIO);
  FAILS(mmap(NULL, PAGE, RW, MAP_SHARED, fd, PAGE), ENXIO);
  FAILS(mmap(NULL, PAGE, RW, MAP_PRIVATE, STDOUT_FILENO, 0), EINVAL);
  FAILS(mmap(NULL, HUGE_SIZE, RW, ANON_PRIVATE, -1, 0), ENOMEM);
  FAILS(mmap(AT(PAGE), PAGE, RW, MAP_FIXED | MAP_SHARED, fd, 0), ENOTSUP);

  WORKS(first = mmap(NULL, PAGE, RW, MAP_SHARED, fd, 0));
  WORKS(second = mmap(NULL, PAGE, RW, MAP_SHARED, fd, 0));
  strcpy(first, "text");
  GIVES(strcmp(second, "text"), 0);
  GIVES(close(fd), 0);
  GIVES(strcmp(first, "text"), 0);
  GIVES(munmap(first, PAGE), 0);
  GIVES(munmap(second, PAGE), 0);
}

static void anonymous(void)
{
  char *area;

  WORKS(area = mmap(NULL, PAGE, RW, MAP_ANON, -1, 0));
  GIVES(area[0] == 0 && area[PAGE - 1] == 0, 1);
  area[0] = 1;
  GIVES(munmap(area, 1), 0);
  WORKS(mmap(AT(PAGE), PAGE, RW, MAP_FIXED | ANON_PRIVATE, -1, 0));
  FAILS(mmap(AT(PAGE), PAGE, RW, MAP_FIXED | ANON_PRIVATE, -1, 0), ENXIO);
  GIVES(munmap(AT(PAGE), PAGE), 0);
}

void *POSIX_Init(void *argument)
{
  (void) argument;
  TEST_BEGIN();
  arguments();
  files();
  objects();
  anonymous();
  end_rows();
}

#include "../support/posix_config.h"
