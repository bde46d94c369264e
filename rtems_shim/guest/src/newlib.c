/*
 * What newlib asks of a system: output, heap, locks, and a struct _reent for each thread.
 *
 * Every thread has its own struct _reent, because this newlib has no stream locks: with its own line buffer a thread
 * can be preempted inside printf() and its line still comes out whole. errno is the first word of it.
 *
 * This file sees the C library's types as the library was built (RTEMS_SHIM_LIBC_VIEW), not as applications see them.
 */

#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <reent.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/times.h>
#include <unistd.h>

#include "internal.h"

#define RECURSIVE_LOCK { RTEMS_SHIM_INITIALIZER_RECURSIVE }
#define SIGNAL_ABORT 6
#define FATAL_SOURCE_EXIT 5
#define FATAL_SOURCE_INVALID_HEAP_FREE 12
#define CLOCK_REALTIME_ID 1

struct thread_block {
  struct _reent reent;
  struct rtems_shim_thread_locals locals;
};

struct lock {
  uint32_t object;
};

_Static_assert(sizeof(struct thread_block) <= RTEMS_SHIM_THREAD_BLOCK_SIZE - RTEMS_SHIM_THREAD_CONTROL_SIZE, "room for the thread block");
_Static_assert(offsetof(struct _reent, _errno) == 0, "the trap stubs store errno there");

extern char rtems_shim_heap_begin[], rtems_shim_heap_end[];

static char *heap_break = rtems_shim_heap_begin;

int pthread_mutex_lock(struct lock *);
int pthread_mutex_unlock(struct lock *);
int rtems_stack_release(void *);
int clock_gettime(int, struct rtems_shim_timespec *);
void __wrap_free(void *);

static struct lock malloc_lock = RECURSIVE_LOCK;
static struct lock environment_lock = RECURSIVE_LOCK;

struct rtems_shim_thread_locals *rtems_shim_thread_locals(void)
{
  return &((struct thread_block *) _impure_ptr)->locals;
}

struct rtems_shim_thread_control *rtems_shim_executing(void)
{
  return (void *) ((char *) _impure_ptr + RTEMS_SHIM_THREAD_BLOCK_SIZE - RTEMS_SHIM_THREAD_CONTROL_SIZE);
}

void rtems_shim_set_thread_pointer(uintptr_t thread_pointer)
{
  rtems_shim_executing()->thread_pointer = thread_pointer;
}

/* The kernel handed out a zeroed block. */
void rtems_shim_streams_begin(void)
{
  _REENT_INIT_PTR_ZEROED(_impure_ptr);
}

static void end_stream(FILE *stream)
{
  fflush(stream);
  if ((stream->_flags & __SMBF) != 0) {
    stream->_flags &= (short) ~__SMBF;
    free(stream->_bf._base);
  }
}

void rtems_shim_streams_end(void)
{
  if (_impure_ptr->__sdidinit) {
    end_stream(_stdout_r(_impure_ptr));
    end_stream(_stderr_r(_impure_ptr));
  }
}

static _READ_WRITE_RETURN_TYPE write_to_console(
  struct _reent *reent,
  void *cookie,
  const char *text,
  _READ_WRITE_BUFSIZE_TYPE size
)
{
  (void) reent;
  (void) cookie;
  rtems_shim_console_write((void *) text, size);
  return size;
}

/* It belongs to no thread. The formatter collects what one call prints; its descriptor is only what says so. */
void *rtems_shim_console_stream(void)
{
  static FILE stream = { ._flags = __SWR | __SNBF, ._file = 1, ._write = write_to_console };

  return &stream;
}

static void acquire(struct lock *lock)
{
  if (rtems_shim_in_thread()) {
    pthread_mutex_lock(lock);
  }
}

static void release(struct lock *lock)
{
  if (rtems_shim_in_thread()) {
    pthread_mutex_unlock(lock);
  }
}

void __malloc_lock(struct _reent *reent)
{
  (void) reent;
  acquire(&malloc_lock);
}

void __malloc_unlock(struct _reent *reent)
{
  (void) reent;
  release(&malloc_lock);
}

void __env_lock(struct _reent *reent)
{
  (void) reent;
  acquire(&environment_lock);
}

void __env_unlock(struct _reent *reent)
{
  (void) reent;
  release(&environment_lock);
}

/* In front of each block of the full allocator: its size, with a bit that says that the one below is in use. */
#define CHUNK_IN_USE_BELOW 1u
#define CHUNK_FLAGS 7u
#define CHUNK_HEADER 8u

extern char __malloc_av_[] __attribute__((weak)); /* the small allocator has none, and other headers */

/* What free() would take for a block although malloc() gave none, or gave it and has it back, is not one. */
static bool is_block(const char *block)
{
  const uint32_t *size = (const uint32_t *) (block - sizeof(*size));
  const char *next;

  if (block < rtems_shim_heap_begin + CHUNK_HEADER || block >= heap_break || ((uintptr_t) block & 7) != 0) {
    return false;
  }
  if (__malloc_av_ == NULL) {
    return true;
  }
  next = block + (*size & ~CHUNK_FLAGS);
  if (next <= block || next >= heap_break) {
    return false;
  }
  return (*(const uint32_t *) (next - sizeof(*size)) & CHUNK_IN_USE_BELOW) != 0;
}

/* free() writes into the block it gets: the stack of an ended thread must stop being protected first. */
void __wrap_free(void *block)
{
  if (block != NULL) {
    if (!is_block(block)) {
      rtems_shim_fatal_end(FATAL_SOURCE_INVALID_HEAP_FREE, (unsigned) block);
    }
    (void) rtems_stack_release(block);
  }
  _free_r(_REENT, block);
}

/* As on RTEMS nothing is no block, and more than there can be is not cut down. */

void *malloc(size_t size)
{
  return size != 0 ? _malloc_r(_REENT, size) : NULL;
}

void *calloc(size_t count, size_t size)
{
  if (count != 0 && size > SIZE_MAX / count) {
    errno = ENOMEM;
    return NULL;
  }
  return count != 0 && size != 0 ? _calloc_r(_REENT, count, size) : NULL;
}

void *realloc(void *block, size_t size)
{
  if (size != 0) {
    return _realloc_r(_REENT, block, size);
  }
  free(block);
  return NULL;
}

int posix_memalign(void **block, size_t alignment, size_t size)
{
  int saved_errno = errno;

  __asm__("" : "+r"(block)); /* the declaration says that it is not NULL, and so the compiler would not ask */
  if (block == NULL) {
    return EINVAL;
  }
  *block = NULL;
  if (alignment < sizeof(void *) || (alignment & (alignment - 1)) != 0) {
    return EINVAL;
  }
  if (size == 0) {
    return 0;
  }
  *block = memalign(alignment, size);
  errno = saved_errno;
  return *block == NULL ? ENOMEM : 0;
}

void *_sbrk(ptrdiff_t increment)
{
  char *block = heap_break;

  if (increment > rtems_shim_heap_end - heap_break || increment < rtems_shim_heap_begin - heap_break) {
    rtems_shim_heap_ends();
    errno = ENOMEM;
    return (void *) -1;
  }
  heap_break += increment;
  return block;
}

int _write(int fd, const void *buffer, size_t size)
{
  return (int) write(fd, buffer, size);
}

int _read(int fd, void *buffer, size_t size)
{
  return (int) read(fd, buffer, size);
}

int _close(int fd)
{
  return close(fd);
}

int _open(const char *path, int flags, int mode)
{
  return open(path, flags, mode);
}

int _unlink(const char *path)
{
  return unlink(path);
}

off_t _lseek(int fd, off_t offset, int whence)
{
  long long position = 0;

  return rtems_shim_lseek(&position, fd, offset, whence) < 0 ? -1 : (off_t) position;
}

static void fill_stat(struct stat *status, const struct rtems_shim_stat_record *record)
{
  memset(status, 0, sizeof(*status));
  status->st_mode = record->mode;
  status->st_size = (off_t) record->size;
  status->st_ino = (ino_t) record->ino;
  status->st_nlink = (nlink_t) record->nlink;
}

int _fstat(int fd, struct stat *status)
{
  struct rtems_shim_stat_record record;

  if (rtems_shim_fstat(fd, &record) < 0) {
    return -1;
  }
  fill_stat(status, &record);
  return 0;
}

int _stat(const char *path, struct stat *status)
{
  struct rtems_shim_stat_record record;

  if (rtems_shim_stat(path, &record) < 0) {
    return -1;
  }
  fill_stat(status, &record);
  return 0;
}

int _link(const char *old, const char *new)
{
  return link(old, new);
}

int _fcntl(int fd, int command, int argument)
{
  return fcntl(fd, command, argument);
}

clock_t _times(struct tms *times_used)
{
  return times(times_used);
}

int _isatty(int fd)
{
  return isatty(fd) > 0;
}

int _gettimeofday(struct timeval *time, void *zone)
{
  struct rtems_shim_timespec now;

  (void) zone;
  if (time == NULL) {
    errno = EFAULT;
    return -1;
  }
  if (clock_gettime(CLOCK_REALTIME_ID, &now) < 0) {
    return -1;
  }
  time->tv_sec = (time_t) now.tv_sec;
  time->tv_usec = now.tv_nsec / 1000;
  return 0;
}

int _getpid(void)
{
  return 1;
}

int _kill(int process, int signal)
{
  (void) process;
  if (signal == SIGNAL_ABORT) {
    rtems_shim_fatal_end(FATAL_SOURCE_EXIT, 1);
  }
  errno = ENOSYS;
  return -1;
}

/* exit(): atexit handlers and destructors have run. newlib flushes the streams of the global struct _reent; these are the thread's. */
void _exit(int status)
{
  fflush(stdout);
  rtems_shim_fatal_end(FATAL_SOURCE_EXIT, (unsigned) status);
}

/* crt files define these; constructors are run by boot.c. */
void _init(void);
void _fini(void);

void _init(void)
{
}

void _fini(void)
{
}
