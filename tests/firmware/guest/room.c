/* Further names of directories, files and the heap, the floating-point environment, parallel jobs, the stack of interrupts. */

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fenv.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <rtems.h>
#include <rtems/bspIo.h>
#include <rtems/libcsupport.h>
#include <rtems/libio.h>
#include <rtems/malloc.h>
#include <rtems/test-info.h>

const char rtems_test_name[] = "ROOM";

static char data[2000];

static void say(const char *what, int result)
{
  printf("%s: %d %s\n", what, result, result < 0 ? strerror(errno) : "");
}

static void links(void)
{
  char path[40];
  int count;

  mkdir("/a", 0777);
  mkdir("/a/b", 0777);
  say("a directory in itself", link("/a", "/a/b/self"));
  say("by two ways", mkdir("/a/b/self/b/self/b/c", 0777));
  say("chdir", chdir("/a/b/self/b/self/b/c"));
  printf("%s\n", getcwd(path, sizeof(path)));
  say("a dot", rmdir("."));
  say("above", rmdir("/a/b/c/.."));
  say("the root", rmdir("/a/.."));
  say("into itself", rename("/a", "/a/b/self/x"));
  say("rmdir of a full one", rmdir("/a"));
  say("rmdir of a further name", rmdir("/a/b/self"));
  chdir("/");
  mkdir("/d", 0777);
  for (count = 0; count < 20; ++count) {
    sprintf(path, "/d%d", count);
    if (link("/d", path) < 0) {
      break;
    }
  }
  say("links", count);
  say("more", -1);
  say("rmdir of the first name", rmdir("/d"));
  say("chdir", chdir("/d3"));
  say("above it", chdir(".."));
  say("in it", mkdir("e", 0777));
  say("seen by another name", rmdir("/d0/e"));
  say("unlink of an empty one", unlink("/d1"));
  chdir("/");
}

static void status(const char *path)
{
  struct stat found;

  stat(path, &found);
  printf(
    "%s: %d links, %d bytes, blocks of %d, device %x %x, since %d\n",
    path,
    (int) found.st_nlink,
    (int) found.st_size,
    (int) found.st_blksize,
    (unsigned) rtems_filesystem_dev_major_t(found.st_dev),
    (unsigned) rtems_filesystem_dev_minor_t(found.st_dev),
    (int) found.st_mtime
  );
}

static char unknown[] = "%d %lq %d %%\n"; /* the rest of the text is as it stands, on RTEMS too */

static void statuses(void)
{
  DIR *directory = opendir("/");
  struct dirent *entry;

  while ((entry = readdir(directory)) != NULL) {
    printf("%s at %d of %d\n", entry->d_name, (int) entry->d_off, (int) sizeof(*entry));
  }
  closedir(directory);
  say("longest name", (int) pathconf("/", _PC_NAME_MAX));
  say("no limit", (int) pathconf("/", 12345));
  status("/");
  status("/dev");
  status("/dev/console");
  status("/file");
  status("/a");
  mount("", "/a", RTEMS_FILESYSTEM_TYPE_IMFS, RTEMS_FILESYSTEM_READ_WRITE, NULL);
  status("/a");
  printk(unknown, 1, 2);
}

static void room(void)
{
  static const uintptr_t left[] = { 1000 };
  int fd = open("/file", O_RDWR | O_CREAT, 0666), fifo;
  void *all;

  mkfifo("/fifo", 0666);
  all = rtems_heap_greedy_allocate(left, 1);
  say("grows by less", (int) write(fd, data, 900));
  say("grows by more", (int) write(fd, data, sizeof(data)));
  say("too far", (int) lseek(fd, LLONG_MAX, SEEK_CUR));
  lseek(fd, 0, SEEK_SET);
  say("does not grow", (int) write(fd, data, 900));
  say("mkdir", mkdir("/small", 0777));
  rtems_heap_greedy_free(all);
  all = rtems_heap_greedy_allocate(NULL, 0);
  say("a new file", open("/new", O_RDWR | O_CREAT, 0666));
  say("an old file", close(open("/file", O_RDWR | O_CREAT, 0666)));
  say("a FIFO", open("/fifo", O_RDWR));
  say("mkdir", mkdir("/none", 0777));
  say("mknod", mknod("/none", S_IFREG | 0666, 0));
  say("link", link("/file", "/none"));
  say("symlink", symlink("/file", "/none"));
  say("mount", mount("", "/a", RTEMS_FILESYSTEM_TYPE_IMFS, RTEMS_FILESYSTEM_READ_WRITE, NULL));
  rtems_heap_greedy_free(all);
  fifo = open("/fifo", O_RDWR);
  say("a FIFO", fifo < 0 ? -1 : 0);
  all = rtems_heap_greedy_allocate(NULL, 0);
  say("once more", close(open("/fifo", O_RDWR)));
  rtems_heap_greedy_free(all);
  close(fifo);
  close(fd);
}

static void environment(void)
{
  volatile float one = 1, three = 3, third;
  fenv_t before;
  fexcept_t flags;

  say("default", fesetenv(FE_DFL_ENV));
  say("to nearest", fegetround() == FE_TONEAREST);
  say("no mode", fesetround(12345) != 0);
#ifdef __ARM_FP
  third = one / three;
  say("inexact", fetestexcept(FE_ALL_EXCEPT) == FE_INEXACT);
  fegetexceptflag(&flags, FE_ALL_EXCEPT);
  feholdexcept(&before);
  say("held", fetestexcept(FE_ALL_EXCEPT) == 0);
  fesetround(FE_DOWNWARD);
  say("downward", one / three < third);
  feraiseexcept(FE_DIVBYZERO);
  feupdateenv(&before);
  say("both", fetestexcept(FE_ALL_EXCEPT) == (FE_INEXACT | FE_DIVBYZERO) && fegetround() == FE_TONEAREST);
  feclearexcept(FE_INEXACT);
  say("one", fetestexcept(FE_ALL_EXCEPT) == FE_DIVBYZERO);
  fesetexceptflag(&flags, FE_DIVBYZERO);
  say("none", fetestexcept(FE_ALL_EXCEPT) == 0);
#else
  third = one / three;
  say("inexact", third != 0 && fegetexceptflag(&flags, FE_ALL_EXCEPT) == 0 && flags == 0);
  say("held", feholdexcept(&before) == 0);
  say("downward", fesetround(FE_TONEAREST) == 0);
  say("both", feraiseexcept(FE_ALL_EXCEPT) == 0);
  say("one", feupdateenv(&before) == 0);
  say("none", fesetexceptflag(&flags, FE_ALL_EXCEPT) == 0);
#endif
}

static rtems_interval start(rtems_test_parallel_context *context, void *argument, size_t workers)
{
  (void) context;
  printf("job %s: %d worker\n", (const char *) argument, (int) workers);
  return strcmp(argument, "timed") == 0 ? 3 : 0;
}

static void work(rtems_test_parallel_context *context, void *argument, size_t workers, size_t worker)
{
  const rtems_interval begin = rtems_clock_get_ticks_since_boot();

  (void) workers;
  while (strcmp(argument, "timed") == 0 && !rtems_test_parallel_stop_job(context)) {
  }
  say("ticks", (int) (rtems_clock_get_ticks_since_boot() - begin));
  say("master", rtems_test_parallel_is_master_worker(worker));
  say("self", rtems_test_parallel_get_task_id(context, worker) == rtems_task_self());
}

static void end(rtems_test_parallel_context *context, void *argument, size_t workers)
{
  (void) context;
  (void) argument;
  (void) workers;
  puts("done");
}

static const rtems_test_parallel_job jobs[] = {
  { start, work, end, "timed", false }, { start, work, end, "at once", true }, { start, work, end, "timed", true }
};

static rtems_task Init(rtems_task_argument argument)
{
  static rtems_test_parallel_context context;
  rtems_id id, timer;
  int count = 0;

  (void) argument;
  say("interrupt stack", (int) rtems_configuration_get_interrupt_stack_size());
  links();
  room();
  statuses();
  environment();
  rtems_test_parallel(&context, NULL, jobs, 3);
  say("its timer is gone", rtems_timer_create(rtems_build_name('T', ' ', ' ', ' '), &timer) == RTEMS_SUCCESSFUL);
  while (rtems_port_create(rtems_build_name('P', ' ', ' ', ' '), data, data, 8, &id) == RTEMS_SUCCESSFUL) {
    ++count;
  }
  say("ports", count);
  exit(0);
}

#define CONFIGURE_APPLICATION_NEEDS_CLOCK_DRIVER
#define CONFIGURE_APPLICATION_NEEDS_CONSOLE_DRIVER
#define CONFIGURE_MAXIMUM_FILE_DESCRIPTORS 8
#define CONFIGURE_IMFS_ENABLE_MKFIFO
#define CONFIGURE_INTERRUPT_STACK_SIZE 6144
#define CONFIGURE_MAXIMUM_TASKS 1
#define CONFIGURE_MAXIMUM_TIMERS 1
#define CONFIGURE_MAXIMUM_PORTS rtems_resource_unlimited(700)
#define CONFIGURE_UNIFIED_WORK_AREAS
#define CONFIGURE_INIT_TASK_STACK_SIZE 8192
#define CONFIGURE_RTEMS_INIT_TASKS_TABLE
#define CONFIGURE_INIT
#include <rtems/confdefs.h>
