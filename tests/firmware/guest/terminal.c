/* The console as a terminal: lines, echo, raw mode, the end of the input. */
#include <rtems.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <stdlib.h>
#include <errno.h>
#include <unistd.h>
#include <fcntl.h>
#include <termios.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <rtems/bspIo.h>
static void *reader(void *p) { char l[40]; (void) p; if (fgets(l, sizeof l, stdin)) printf("thread got %s", l); return NULL; }
void *POSIX_Init(void *p)
{
  struct termios t; char b[16]; int n, k; unsigned u; pthread_t id; (void) p;
  printf("isatty %d %d\n", isatty(0), tcgetattr(0, &t));
  printf("%x %x %x %x %u\n", (unsigned) t.c_iflag, (unsigned) t.c_oflag, (unsigned) t.c_cflag, (unsigned) t.c_lflag, (unsigned) t.c_ispeed);
  printf("name? "); fflush(stdout);
  n = scanf("%d %x", &k, &u); printf("scanf %d: %d %x\n", n, k, u);
  pthread_create(&id, NULL, reader, NULL); pthread_join(id, NULL);
  errno = 7; n = (int) read(0, b, 3); printf("read %d %.*s errno %d\n", n, n, b, errno);
  ioctl(0, FIONREAD, &k); printf("FIONREAD %d\n", k);
  n = (int) read(0, b, sizeof b); printf("rest %d %.*s", n, n, b);
  t.c_lflag &= ~(ICANON | ECHO); t.c_cc[VMIN] = 1; t.c_cc[VTIME] = 0;
  printf("set %d\n", tcsetattr(0, TCSANOW, &t));
  n = (int) read(0, b, 1); printf("raw %d %c\n", n, b[0]);
  n = (int) read(0, b, 4); printf("raw %d %.*s\n", n, n, b);
  printf("getchark %d\n", getchark());
  n = (int) read(0, b, sizeof b); printf("raw rest %d\n", n);
  n = (int) read(0, b, sizeof b); printf("end %d\n", n);
  errno = 0; int fd = open("/f", O_CREAT | O_RDWR, 0600); printf("file %d tty %d errno %d\n", fd, isatty(fd), errno);
  errno = 0; printf("tc %d errno %d; bad %d", tcgetattr(fd, &t), errno, isatty(77)); printf(" errno %d\n", errno);
  exit(0);
}
#define CONFIGURE_APPLICATION_NEEDS_CLOCK_DRIVER
#define CONFIGURE_APPLICATION_NEEDS_CONSOLE_DRIVER
#define CONFIGURE_MAXIMUM_POSIX_THREADS 3
#define CONFIGURE_MAXIMUM_FILE_DESCRIPTORS 8
#define CONFIGURE_POSIX_INIT_THREAD_TABLE
#define CONFIGURE_INIT
#include <rtems/confdefs.h>
