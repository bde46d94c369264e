/* mmap() on /taskfs/ objects: who is the target, and which rights a descriptor allows. */

#include "../support/rows.h"

const char rtems_test_name[] = "errno mmap of stacks";

#define RW (PROT_READ | PROT_WRITE)

static sem_t end;
static volatile int *volatile word;

static void *owner(void *argument)
{
  volatile int value = 5;

  word = &value;
  rtems_test_assert(sem_wait(&end) == 0);
  rtems_test_assert(value == 6);
  return argument;
}

static void *target(void *argument)
{
  rtems_test_assert(sem_wait(&end) == 0);
  return argument;
}

void *POSIX_Init(void *argument)
{
  void *stack = new_stack();
  void *target_stack = new_stack();
  pthread_t threads[2];
  int fd, read_only;

  (void) argument;
  TEST_BEGIN();
  rtems_test_assert(sem_init(&end, 0, 0) == 0);
  threads[0] = start_thread("0x01", stack, owner, NULL);
  threads[1] = start_thread("0x02", target_stack, target, NULL);
  rtems_test_assert(sched_yield() == 0);
  fd = shm_open("/taskfs/0x01", O_CREAT | O_RDWR, 0600);
  read_only = shm_open("/taskfs/0x01", O_RDONLY, 0);
  rtems_test_assert(fd >= 0 && read_only >= 0);

  FAILS(mmap(target_stack, STACK_SIZE, RW, MAP_SHARED, fd, 0), ENXIO);
  rtems_test_assert(ftruncate(fd, STACK_SIZE) == 0);
  FAILS(mmap(target_stack, 0, RW, MAP_SHARED, fd, 0), EINVAL);
  FAILS(mmap(target_stack, STACK_SIZE, PROT_NONE, MAP_SHARED, fd, 0), ENOTSUP);
  FAILS(mmap(target_stack, STACK_SIZE, RW, MAP_SHARED | MAP_PRIVATE, fd, 0), EINVAL);
  FAILS(mmap(target_stack, STACK_SIZE + 1, RW, MAP_SHARED, fd, 0), ENXIO);
  FAILS(mmap((char *) target_stack + 8, STACK_SIZE, RW, MAP_SHARED, fd, 0), EINVAL);
  FAILS(mmap(&end, STACK_SIZE, RW, MAP_SHARED, fd, 0), EINVAL);
  FAILS(mmap(target_stack, STACK_SIZE, RW, MAP_SHARED, read_only, 0), EACCES);
  GIVES(mmap(target_stack, STACK_SIZE, PROT_READ, MAP_SHARED, read_only, 0), stack);
  GIVES(mmap(target_stack, STACK_SIZE, RW, MAP_SHARED, fd, 0), stack);
  /* NULL: the caller is the target. */
  GIVES(mmap(NULL, STACK_SIZE, PROT_READ, MAP_SHARED, fd, 0), stack);
  GIVES(*word, 5);
  GIVES(mmap(NULL, STACK_SIZE, RW, MAP_SHARED, fd, 0), stack);
  *word = 6;
  GIVES(*word, 6);
  /* The last close of the object leaves the live stack alone. */
  GIVES(close(read_only), 0);
  GIVES(close(fd), 0);
  GIVES(shm_unlink("/taskfs/0x01"), 0);
  GIVES(*word, 6);
  GIVES(munmap(stack, STACK_SIZE), 0);
  rtems_test_assert(sem_post(&end) == 0 && sem_post(&end) == 0);
  join(threads[0]);
  join(threads[1]);
  end_rows();
}

#include "../support/posix_config.h"
