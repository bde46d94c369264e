/* shm_open() and shm_unlink(): every error, in the order of the checks. */

#include "../support/rows.h"

const char rtems_test_name[] = "errno shm_open";

#define DESCRIPTORS 6
#define OBJECTS 4
#define ARENA_SIZE 0x100000
#define MODE (S_IRUSR | S_IWUSR)

static char name_256[257], name_255[256];

static void make_names(void)
{
  memset(name_256, 'n', 256);
  memset(name_255, 'n', 255);
  name_256[0] = '/';
  name_255[0] = '/';
}

static void flags_first(void)
{
  FAILS(shm_open(NULL, O_WRONLY, MODE), EACCES);
  FAILS(shm_open(NULL, O_RDWR | O_WRONLY, MODE), EACCES);
  FAILS(shm_open(NULL, O_RDWR | O_NONBLOCK, MODE), EACCES);
  FAILS(shm_open(NULL, O_RDWR | O_APPEND, MODE), EACCES);
  FAILS(shm_open(NULL, O_RDONLY | O_TRUNC, MODE), EACCES);
}

/* Three descriptors are the console's; the rest is used up, and then nothing about the name matters. */
static void descriptors_before_names(void)
{
  int fds[DESCRIPTORS];
  int count = 0;

  while (count < DESCRIPTORS && (fds[count] = shm_open("/full", O_CREAT | O_RDWR, MODE)) >= 0) {
    ++count;
  }
  GIVES(count, DESCRIPTORS - 3);
  FAILS(shm_open("/full", O_RDWR, MODE), EMFILE);
  FAILS(shm_open(NULL, O_RDWR, MODE), EMFILE);
  while (count > 0) {
    rtems_test_assert(close(fds[--count]) == 0);
  }
  GIVES(shm_unlink("/full"), 0);
}

static void names(void)
{
  int fd;

  FAILS(shm_open(NULL, O_CREAT | O_RDWR, MODE), EINVAL);
  FAILS(shm_open(name_256, O_CREAT | O_RDWR, MODE), ENAMETOOLONG);
  FAILS(shm_open("no_slash", O_RDWR, MODE), EINVAL);
  FAILS(shm_open("no_slash", O_CREAT | O_RDWR, MODE), EINVAL);
  FAILS(shm_open("", O_CREAT | O_RDWR, MODE), EINVAL);
  FAILS(shm_open("/missing", O_RDWR, MODE), ENOENT);
  WORKS(fd = shm_open(name_255, O_CREAT | O_RDWR, MODE));
  rtems_test_assert(close(fd) == 0 && shm_unlink(name_255) == 0);
  WORKS(fd = shm_open("/with/more/slashes", O_CREAT | O_RDWR, MODE));
  rtems_test_assert(close(fd) == 0 && shm_unlink("/with/more/slashes") == 0);
}

/* With all memory for objects mapped away there is no room for a name. The arena's size is in the linker script. */
static void no_memory(void)
{
  void *all = mmap(NULL, ARENA_SIZE, PROT_READ | PROT_WRITE, MAP_ANON | MAP_PRIVATE, -1, 0);

  rtems_test_assert(all != MAP_FAILED);
  FAILS(shm_open("/name", O_RDWR, MODE), ENOENT);
  FAILS(shm_open("/name", O_CREAT | O_RDWR, MODE), ENOSPC);
  rtems_test_assert(munmap(all, ARENA_SIZE) == 0);
}

static void objects(void)
{
  char name[] = "/object0";
  int count;

  for (count = 0; count < OBJECTS; ++count) {
    int fd;

    name[7] = (char) ('0' + count);
    fd = shm_open(name, O_CREAT | O_RDWR, MODE);
    rtems_test_assert(fd >= 0 && close(fd) == 0);
  }
  FAILS(shm_open("/one_more", O_CREAT | O_RDWR, MODE), ENFILE);
  FAILS(shm_open("/object0", O_CREAT | O_EXCL | O_RDWR, MODE), EEXIST);
  for (count = 0; count < OBJECTS; ++count) {
    name[7] = (char) ('0' + count);
    rtems_test_assert(shm_unlink(name) == 0);
  }
}

static void permissions(void)
{
  int fd;

  fd = shm_open("/readable", O_CREAT | O_RDWR, S_IRUSR);
  rtems_test_assert(fd >= 0 && close(fd) == 0);
  FAILS(shm_open("/readable", O_RDWR, 0), EACCES);
  WORKS(fd = shm_open("/readable", O_RDONLY, 0));
  rtems_test_assert(close(fd) == 0 && shm_unlink("/readable") == 0);
  fd = shm_open("/writable", O_CREAT | O_RDWR, S_IWUSR);
  rtems_test_assert(fd >= 0 && close(fd) == 0);
  FAILS(shm_open("/writable", O_RDONLY, 0), EACCES);
  WORKS(fd = shm_open("/writable", O_RDWR, 0));
  rtems_test_assert(close(fd) == 0 && shm_unlink("/writable") == 0);
}

static void new_object(void)
{
  struct stat status;
  int fd;

  WORKS(fd = shm_open("/new", O_CREAT | O_RDWR, 0666));
  GIVES(fstat(fd, &status), 0);
  GIVES(status.st_size, 0);
  GIVES(status.st_mode & 0777, 0644);
  GIVES(fcntl(fd, F_GETFD, 0) & FD_CLOEXEC, FD_CLOEXEC);
  rtems_test_assert(close(fd) == 0);
  /* O_EXCL without O_CREAT means nothing. */
  WORKS(fd = shm_open("/new", O_EXCL | O_RDWR, 0));
  rtems_test_assert(close(fd) == 0);
}

static void unlinking(void)
{
  int fd = shm_open("/new", O_RDWR, 0);

  rtems_test_assert(fd >= 0);
  FAILS(shm_unlink(name_256), ENAMETOOLONG);
  FAILS(shm_unlink(NULL), ENOENT);
  FAILS(shm_unlink("/missing"), ENOENT);
  GIVES(shm_unlink("/new"), 0);
  /* The name goes at once; the object stays while somebody has it open. */
  FAILS(shm_open("/new", O_RDWR, 0), ENOENT);
  GIVES(ftruncate(fd, 100), 0);
  GIVES(close(fd), 0);
}

void *POSIX_Init(void *argument)
{
  (void) argument;
  TEST_BEGIN();
  make_names();
  flags_first();
  descriptors_before_names();
  names();
  no_memory();
  objects();
  permissions();
  new_object();
  unlinking();
  end_rows();
}

#define CONFIGURE_APPLICATION_NEEDS_CLOCK_DRIVER
#define CONFIGURE_APPLICATION_NEEDS_SIMPLE_CONSOLE_DRIVER
#define CONFIGURE_MAXIMUM_POSIX_THREADS 2
#define CONFIGURE_MAXIMUM_POSIX_SHMS OBJECTS
#define CONFIGURE_MAXIMUM_FILE_DESCRIPTORS DESCRIPTORS
#define CONFIGURE_POSIX_INIT_THREAD_TABLE
#define CONFIGURE_INITIAL_EXTENSIONS RTEMS_TEST_INITIAL_EXTENSION
#define CONFIGURE_INIT

#include <rtems/confdefs.h>
