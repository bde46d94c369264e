/* A read-only share: Init reads a buffer on 0x01's stack. */

#include "../support/threads.h"

const char rtems_test_name[] = "read-only share, read";

static const volatile char *volatile text;
static sem_t end;

static void *owner(void *argument)
{
  char buffer[] = "written by 0x01";

  text = buffer;
  rtems_test_assert(sem_wait(&end) == 0);
  return argument;
}

void *POSIX_Init(void *argument)
{
  char copy[16];
  size_t index;
  pthread_t thread;

  (void) argument;
  TEST_BEGIN();
  set_name(pthread_self(), "Init");
  rtems_test_assert(sem_init(&end, 0, 0) == 0);
  thread = start_thread("0x01", new_stack(), owner, NULL);
  rtems_test_assert(sched_yield() == 0);
  directive_failed(rtems_share_stack(RTEMS_SELF, thread, PROT_READ), "rtems_share_stack");
  for (index = 0; index < sizeof(copy); ++index) {
    copy[index] = text[index];
  }
  printf("Init: read \"%s\"\n", copy);
  rtems_test_assert(sem_post(&end) == 0);
  join(thread);
  TEST_END();
  rtems_test_exit(0);
}

#include "../support/posix_config.h"
