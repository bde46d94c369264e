/* pthread_attr_setstack(), pthread_create() and object names: error numbers are returned, errno stays as it is. */

#include "../support/rows.h"

const char rtems_test_name[] = "errno pthread";

#define THREADS 4

static sem_t end;

static void *wait_for_end(void *argument)
{
  rtems_test_assert(sem_wait(&end) == 0);
  return argument;
}

static void stacks(void)
{
  static char stack[STACK_SIZE] __attribute__((aligned(8)));
  pthread_attr_t none = { .is_initialized = 0 };
  pthread_attr_t attributes;
  pthread_t thread;

  rtems_test_assert(pthread_attr_init(&attributes) == 0);
  GIVES(pthread_attr_setstack(NULL, stack, STACK_SIZE), EINVAL);
  GIVES(pthread_attr_setstack(&none, stack, STACK_SIZE), EINVAL);
  GIVES(pthread_attr_setstack(&attributes, NULL, 1), 0);
  GIVES(pthread_create(&thread, NULL, NULL, NULL), EFAULT);
  GIVES(pthread_create(&thread, &none, wait_for_end, NULL), EINVAL);
  GIVES(pthread_attr_setstack(&attributes, stack, 4095), 0);
  GIVES(pthread_create(&thread, &attributes, wait_for_end, NULL), EINVAL);
  GIVES(pthread_attr_setstack(&attributes, stack, STACK_SIZE), 0);
  GIVES(pthread_create(&thread, &attributes, wait_for_end, NULL), 0);
  rtems_test_assert(sem_post(&end) == 0);
  join(thread);
}

static void too_many(void)
{
  pthread_t threads[THREADS];
  int count = 0;
  int error, index;

  errno = 0;
  while ((error = pthread_create(&threads[count], NULL, wait_for_end, NULL)) == 0) {
    ++count;
    rtems_test_assert(count < THREADS);
  }
  GIVES(error, EAGAIN);
  GIVES(errno, 0);
  GIVES(count, THREADS - 1);
  for (index = 0; index < count; ++index) {
    rtems_test_assert(sem_post(&end) == 0);
  }
  while (count > 0) {
    join(threads[--count]);
  }
}

static void names(void)
{
  char name[8] = "";

  GIVES(rtems_object_set_name(0xFFFF, NULL), RTEMS_INVALID_ADDRESS);
  GIVES(rtems_object_set_name(0xFFFF, "name"), RTEMS_INVALID_ID);
  GIVES(rtems_object_set_name(pthread_self(), "0x42"), RTEMS_SUCCESSFUL);
  GIVES(rtems_object_get_name(pthread_self(), sizeof(name), name) == name, 1);
  GIVES(strcmp(name, "0x42"), 0);
  GIVES(rtems_object_get_name(0xFFFF, sizeof(name), name) == NULL, 1);
}

static void sharing(void)
{
  GIVES(rtems_share_stack(RTEMS_SELF, RTEMS_SELF, PROT_NONE), RTEMS_INVALID_NUMBER);
  GIVES(rtems_share_stack(RTEMS_SELF, RTEMS_SELF, PROT_WRITE), RTEMS_INVALID_NUMBER);
  GIVES(rtems_share_stack(RTEMS_SELF, RTEMS_SELF, PROT_READ | PROT_EXEC), RTEMS_INVALID_NUMBER);
  GIVES(rtems_share_stack(0xFFFF, RTEMS_SELF, PROT_READ), RTEMS_INVALID_ID);
  GIVES(rtems_share_stack(RTEMS_SELF, 0xFFFF, PROT_READ), RTEMS_INVALID_ID);
  GIVES(rtems_unshare_stack(RTEMS_SELF, 0xFFFF), RTEMS_INVALID_ID);
  GIVES(rtems_stack_release(&end), EINVAL);
}

void *POSIX_Init(void *argument)
{
  (void) argument;
  TEST_BEGIN();
  rtems_test_assert(sem_init(&end, 0, 0) == 0);
  stacks();
  too_many();
  names();
  sharing();
  end_rows();
}

#define CONFIGURE_APPLICATION_NEEDS_CLOCK_DRIVER
#define CONFIGURE_APPLICATION_NEEDS_SIMPLE_CONSOLE_DRIVER
#define CONFIGURE_MAXIMUM_POSIX_THREADS THREADS
#define CONFIGURE_MAXIMUM_POSIX_SHMS 2
#define CONFIGURE_MAXIMUM_FILE_DESCRIPTORS 8
#define CONFIGURE_POSIX_INIT_THREAD_TABLE
#define CONFIGURE_INITIAL_EXTENSIONS RTEMS_TEST_INITIAL_EXTENSION
#define CONFIGURE_INIT

#include <rtems/confdefs.h>
