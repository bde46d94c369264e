/*
 * Thread stack sharing. Thread 0x01's stack is opened as the shared memory object /taskfs/0x01, and mapped for the
 * thread whose stack is given as the address: 0x02. From then on 0x02 may use both stacks, and Init still may not.
 */

#include "../support/threads.h"

const char rtems_test_name[] = "thread stack sharing";

#define PATTERN 0x5A

static void *stack1, *stack2;
static volatile unsigned char *volatile scratch;
static sem_t ready, done;

/* 0x01 keeps a buffer on its stack and waits: it is alive while the other thread uses the stack. */
static void *owner(void *argument)
{
  unsigned char buffer[64];

  memset(buffer, 0, sizeof(buffer));
  scratch = buffer;
  rtems_test_assert(sem_post(&ready) == 0);
  rtems_test_assert(sem_wait(&done) == 0);
  printf("0x01: my buffer holds 0x%02x ... 0x%02x\n", buffer[0], buffer[sizeof(buffer) - 1]);
  return argument;
}

static void *user(void *argument)
{
  rtems_test_assert(sem_wait(&ready) == 0);
  printf("0x02: writing to the stack of 0x01\n");
  memset((void *) scratch, PATTERN, 64);
  /* The whole unused lower half, as far as no live frame of 0x01 is. */
  memset(stack1, PATTERN, STACK_SIZE / 2);
  memset(stack2, PATTERN, STACK_SIZE / 4);
  printf("0x02: wrote to both stacks\n");
  rtems_test_assert(sem_post(&done) == 0);
  return argument;
}

void *POSIX_Init(void *argument)
{
  pthread_t thread1, thread2;
  void *mapped;
  int fd;

  (void) argument;
  TEST_BEGIN();
  set_name(pthread_self(), "Init");
  rtems_test_assert(sem_init(&ready, 0, 0) == 0 && sem_init(&done, 0, 0) == 0);
  stack1 = new_stack();
  stack2 = new_stack();
  thread1 = start_thread("0x01", stack1, owner, NULL);
  thread2 = start_thread("0x02", stack2, user, NULL);

  fd = shm_open("/taskfs/0x01", O_CREAT | O_RDWR, S_IRUSR | S_IWUSR);
  rtems_test_assert(fd >= 0);
  rtems_test_assert(ftruncate(fd, STACK_SIZE) == 0);
  mapped = mmap(stack2, STACK_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  rtems_test_assert(mapped == stack1);
  rtems_test_assert(close(fd) == 0);
  printf("Init: 0x02 may use the stack of 0x01\n");

  join(thread1);
  join(thread2);
  TEST_END();
  rtems_test_exit(0);
}

#include "../support/posix_config.h"
