/* Rights, owners, times and mounted file systems; users and groups. */

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utime.h>

#include <rtems.h>
#include <rtems/libio.h>

static void say(const char *what, int result)
{
  printf("%s: %s\n", what, result < 0 ? strerror(errno) : "OK");
}

static struct stat status(const char *path)
{
  struct stat found;

  memset(&found, 0, sizeof(found));
  stat(path, &found);
  return found;
}

rtems_task Init(rtems_task_argument argument)
{
  const struct utimbuf times = { .actime = 600000000, .modtime = 700000000 };
  struct passwd *user;
  struct group *group;
  int fd;

  (void) argument;
  say("mkdir -p", rtems_mkdir("/a/b/c", 0700));
  fd = open("/a/file", O_CREAT | O_RDWR, 0400);
  say("made with less rights than it is opened with", fd);
  close(fd);
  say("write", open("/a/file", O_WRONLY));
  say("chown", chown("/a/file", 7, 8));
  printf("%d %d\n", (int) status("/a/file").st_uid, (int) status("/a/file").st_gid);
  say("utime", utime("/a/file", &times));
  printf("%d %d\n", (int) status("/a/file").st_atime, (int) status("/a/file").st_mtime);
  seteuid(9);
  say("another user's chmod", chmod("/a/file", 0777));
  say("another user's read", open("/a/file", O_RDONLY));
  say("another user in", chdir("/a/b"));
  say("another user makes", mkdir("/a/b/d", 0777));
  seteuid(0);
  chmod("/a/b", 0600);
  say("no way through", open("/a/b/x", O_CREAT | O_RDWR, 0600));
  chmod("/a/b", 0700);
  say("backslash", chdir("\\a\\b"));
  chdir("/");

  say("mount", mount("", "/a/b", RTEMS_FILESYSTEM_TYPE_IMFS, RTEMS_FILESYSTEM_READ_WRITE, NULL));
  say("again", mount("", "/a/b", RTEMS_FILESYSTEM_TYPE_IMFS, RTEMS_FILESYSTEM_READ_WRITE, NULL));
  say("hidden", chdir("/a/b/c"));
  fd = open("/a/b/new", O_CREAT | O_RDWR, 0600);
  say("another device", status("/a/b/new").st_dev != status("/a").st_dev ? 0 : -1);
  say("link across", link("/a/b/new", "/a/other"));
  say("rename across", rename("/a/b/new", "/a/other"));
  say("remove what is mounted on", rmdir("/a/b"));
  say("busy", unmount("/a/b"));
  close(fd);
  chdir("/a/b");
  say("busy", unmount("/a/b"));
  chdir("/");
  say("unmount", unmount("/a/b"));
  say("seen again", chdir("/a/b/c"));
  say("unmount what is not", unmount("/a/b"));
  say("read only", mount("", "/a/b", RTEMS_FILESYSTEM_TYPE_IMFS, RTEMS_FILESYSTEM_READ_ONLY, NULL));
  say("write there", mkdir("/a/b/x", 0700));
  say("another kind", mount("", "/a", "dosfs", RTEMS_FILESYSTEM_READ_WRITE, NULL));

  user = getpwuid(0);
  printf("%s %d\n", user->pw_name, (int) user->pw_gid);
  fd = open("/etc/group", O_WRONLY | O_TRUNC);
  write(fd, "root::0:\nstaff:x:10:ann,bob\n", 29);
  close(fd);
  group = getgrnam("staff");
  printf("%s %d %s %s %d\n", group->gr_name, (int) group->gr_gid, group->gr_mem[0], group->gr_mem[1], group->gr_mem[2] == NULL);
  say("nobody", getgrgid(11) == NULL ? -1 : 0);
  exit(0);
}

#define CONFIGURE_APPLICATION_NEEDS_CLOCK_DRIVER
#define CONFIGURE_APPLICATION_NEEDS_CONSOLE_DRIVER
#define CONFIGURE_MAXIMUM_TASKS 4
#define CONFIGURE_MAXIMUM_FILE_DESCRIPTORS 8
#define CONFIGURE_RTEMS_INIT_TASKS_TABLE
#define CONFIGURE_INIT
#include <rtems/confdefs.h>
