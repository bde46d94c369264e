/*
 * J000 waits with a result pointer into the stack of X000, which is shared with it; X000 takes the share back and ends
 * the wait. WAIT chooses what J000 waits for: 1 the end of a thread, 2 time, until a signal, 3 a message.
 */

#include "support/threads.h"

#include <signal.h>
#include <time.h>

const char rtems_test_name[] = "revoked";

static void *x_stack, *j_stack;
static pthread_t joiner, ending;
static sem_t ready, go, end;
static mqd_t queue;
static char buffer[16];
static volatile unsigned *volatile secret;

static void on_signal(int number)
{
  (void) number;
}

static void *end_when_told(void *argument)
{
  (void) argument;
  sem_wait(&end);
  return (void *) 0xbadc0de;
}

static void *wait_for_it(void *argument)
{
  struct timespec five_seconds = { 5, 0 };
  unsigned *result = (unsigned *) secret;

  if (WAIT == 1)
    pthread_join(ending, (void **) result);
  else if (WAIT == 2)
    nanosleep(&five_seconds, (struct timespec *) result);
  else
    mq_receive(queue, buffer, sizeof buffer, result);
  printf("J000 goes on\n");
  return argument;
}

static void *take_back(void *argument)
{
  volatile unsigned words[4] = { 0 };
  char message = 'm';

  secret = words;
  sem_post(&ready);
  sem_wait(&go);
  words[0] = words[2] = 0x5ec2e7;
  rtems_test_assert(munmap(x_stack, STACK_SIZE) == 0);
  if (WAIT == 1)
    sem_post(&end);
  else if (WAIT == 2)
    rtems_test_assert(pthread_kill(joiner, SIGUSR1) == 0);
  else
    rtems_test_assert(mq_send(queue, &message, 1, 7) == 0);
  usleep(50000);
  printf("%06x %06x\n", words[0], words[2]);
  return argument;
}

void *POSIX_Init(void *argument)
{
  struct sigaction action = { .sa_handler = on_signal };
  struct mq_attr attributes = { .mq_maxmsg = 2, .mq_msgsize = sizeof buffer };

  TEST_BEGIN();
  rtems_test_assert(sigaction(SIGUSR1, &action, NULL) == 0);
  queue = mq_open("/q", O_CREAT | O_RDWR, 0600, &attributes);
  rtems_test_assert(queue >= 0);
  sem_init(&ready, 0, 0);
  sem_init(&go, 0, 0);
  sem_init(&end, 0, 0);
  x_stack = new_stack();
  j_stack = new_stack();
  start_thread("X000", x_stack, take_back, NULL);
  sem_wait(&ready);
  ending = start_thread("T000", new_stack(), end_when_told, NULL);
  joiner = start_thread("J000", j_stack, wait_for_it, NULL);
  rtems_test_assert(map_stack("X000", j_stack, PROT_READ | PROT_WRITE) == 0);
  rtems_test_assert(map_stack("J000", x_stack, PROT_READ | PROT_WRITE) == 0);
  usleep(50000);
  sem_post(&go);
  usleep(200000);
  TEST_END();
  rtems_test_exit(0);
  return argument;
}

#include "support/posix_config.h"
