/*
 * Negative controls: operations between threads that never touch another thread's stack, so they work under isolation
 * and without any share.
 */

#include "../support/threads.h"

const char rtems_test_name[] = "never foreign";

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t condition = PTHREAD_COND_INITIALIZER;
static pthread_barrier_t barrier;
static sem_t semaphore;
static int turn;
static mqd_t queue;

static void *partner(void *argument)
{
  int sum = 0;

  rtems_test_assert(sem_wait(&semaphore) == 0);
  printf("0x01: semaphore\n");

  rtems_test_assert(pthread_mutex_lock(&mutex) == 0);
  while (turn == 0) {
    rtems_test_assert(pthread_cond_wait(&condition, &mutex) == 0);
  }
  rtems_test_assert(pthread_mutex_unlock(&mutex) == 0);
  printf("0x01: condition variable\n");

  sum = pthread_barrier_wait(&barrier);
  rtems_test_assert(sum == 0 || sum == PTHREAD_BARRIER_SERIAL_THREAD);
  printf("0x01: barrier\n");

  rtems_test_assert(usleep(30000) == 0);
  printf("0x01: sleep\n");
  return argument;
}

static void test_queue(void)
{
  struct mq_attr attributes = { .mq_maxmsg = 2, .mq_msgsize = 8 };
  char buffer[8];

  queue = mq_open("/queue", O_CREAT | O_RDWR, S_IRUSR | S_IWUSR, &attributes);
  rtems_test_assert(queue != (mqd_t) -1);
  rtems_test_assert(mq_send(queue, "message", 8, 0) == 0);
  rtems_test_assert(mq_receive(queue, buffer, sizeof(buffer), NULL) == 8);
  rtems_test_assert(strcmp(buffer, "message") == 0);
  rtems_test_assert(mq_close(queue) == 0 && mq_unlink("/queue") == 0);
  printf("Init: queue without a waiter\n");
}

void *POSIX_Init(void *argument)
{
  static int result;
  pthread_t thread;
  void *value = NULL;
  int status;

  (void) argument;
  TEST_BEGIN();
  set_name(pthread_self(), "Init");
  rtems_test_assert(sem_init(&semaphore, 0, 0) == 0);
  rtems_test_assert(pthread_barrier_init(&barrier, NULL, 2) == 0);
  thread = start_thread("0x01", new_stack(), partner, &result);
  rtems_test_assert(sched_yield() == 0);

  rtems_test_assert(sem_post(&semaphore) == 0);
  rtems_test_assert(sched_yield() == 0);
  rtems_test_assert(pthread_mutex_lock(&mutex) == 0);
  turn = 1;
  rtems_test_assert(pthread_cond_signal(&condition) == 0);
  rtems_test_assert(pthread_mutex_unlock(&mutex) == 0);
  status = pthread_barrier_wait(&barrier);
  rtems_test_assert(status == 0 || status == PTHREAD_BARRIER_SERIAL_THREAD);
  rtems_test_assert(pthread_join(thread, &value) == 0 && value == &result);
  printf("Init: join\n");
  test_queue();
  TEST_END();
  rtems_test_exit(0);
}

#include "../support/posix_config.h"
