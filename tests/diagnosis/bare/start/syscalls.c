/* What the C library asks of a system: output to the UART, and a heap up to 8 KiB below the top of RAM. */

#include <errno.h>
#include <stddef.h>
#include <sys/stat.h>

#include "board.h"

extern char end, __heap_limit;

int _write(int file, const char *bytes, int count);
void *_sbrk(ptrdiff_t increment);
int _close(int file);
int _fstat(int file, struct stat *status);
int _isatty(int file);
int _lseek(int file, int offset, int whence);
int _read(int file, char *bytes, int count);
void _exit(int status);
int _kill(int process, int signal);
int _getpid(void);

int _write(int file, const char *bytes, int count)
{
  (void) file;
  for (int i = 0; i < count; ++i) {
    const char one[2] = { bytes[i], '\0' };
    print(one);
  }
  return count;
}

void *_sbrk(ptrdiff_t increment)
{
  static char *heap = &end;
  char *before = heap;

  if (heap + increment > &__heap_limit) {
    errno = ENOMEM;
    return (void *) -1;
  }
  heap += increment;
  return before;
}

int _close(int file)
{
  (void) file;
  return -1;
}

int _fstat(int file, struct stat *status)
{
  (void) file;
  status->st_mode = S_IFCHR;
  return 0;
}

int _isatty(int file)
{
  (void) file;
  return 1;
}

int _lseek(int file, int offset, int whence)
{
  (void) file;
  (void) offset;
  (void) whence;
  return 0;
}

int _read(int file, char *bytes, int count)
{
  (void) file;
  (void) bytes;
  (void) count;
  return 0;
}

void _exit(int status)
{
  leave(status);
}

int _kill(int process, int signal)
{
  (void) process;
  (void) signal;
  return -1;
}

int _getpid(void)
{
  return 1;
}
