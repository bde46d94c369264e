/* rtems_share_stack(): what an application would otherwise write by hand. See rtems/share_stack.h. */

#define _GNU_SOURCE

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <rtems.h>

#define NAME_LENGTH 4
#define NAME_ROOM 32
#define PREFIX "/taskfs/"

static rtems_id resolve(rtems_id id)
{
  return id == RTEMS_SELF ? rtems_task_self() : id;
}

/* A thread's object name, which is also the shared memory object's; made up when it has not the right length. */
static bool get_object_name(rtems_id owner, char *name)
{
  static const char digits[] = "0123456789abcdef";
  uint16_t index = rtems_object_id_get_index(owner);

  if (rtems_object_get_name(owner, NAME_ROOM, name) == NULL) {
    return false;
  }
  if (strlen(name) == NAME_LENGTH) {
    return true;
  }
  name[0] = 'S';
  name[1] = digits[(index >> 8) & 15];
  name[2] = digits[(index >> 4) & 15];
  name[3] = digits[index & 15];
  name[4] = '\0';
  return rtems_object_set_name(owner, name) == RTEMS_SUCCESSFUL;
}

static bool get_stack(rtems_id thread, void **base, size_t *size)
{
  pthread_attr_t attributes;

  return pthread_getattr_np(thread, &attributes) == 0 && pthread_attr_getstack(&attributes, base, size) == 0;
}

static rtems_status_code map_stack(const char *path, void *target_base, size_t size, int prot)
{
  int fd = shm_open(path, O_CREAT | O_RDWR, S_IRUSR | S_IWUSR);
  rtems_status_code status = RTEMS_SUCCESSFUL;
  int error;

  if (fd < 0) {
    return RTEMS_UNSATISFIED;
  }
  if (ftruncate(fd, (off_t) size) != 0 || mmap(target_base, size, prot, MAP_SHARED, fd, 0) == MAP_FAILED) {
    status = errno == EMFILE ? RTEMS_TOO_MANY : RTEMS_UNSATISFIED;
  }
  error = errno;
  close(fd);
  errno = error;
  return status;
}

rtems_status_code rtems_share_stack(rtems_id target, rtems_id owner, int prot)
{
  char path[sizeof(PREFIX) + NAME_ROOM] = PREFIX;
  void *target_base, *owner_base;
  size_t target_size, owner_size;

  if ((prot & PROT_READ) == 0 || (prot & ~(PROT_READ | PROT_WRITE)) != 0) {
    return RTEMS_INVALID_NUMBER;
  }
  target = resolve(target);
  owner = resolve(owner);
  if (!get_stack(target, &target_base, &target_size) || !get_stack(owner, &owner_base, &owner_size)) {
    return RTEMS_INVALID_ID;
  }
  if (!get_object_name(owner, &path[sizeof(PREFIX) - 1])) {
    return RTEMS_INVALID_ID;
  }
  return map_stack(path, target_base, owner_size, prot);
}
