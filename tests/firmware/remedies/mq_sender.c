/* mq_receive() reads the message of a blocked sender. */

#include "case.h"

static mqd_t queue;

static void *sensor(void *argument)
{
  char message[16] = "two";

  CHECK(mq_send(queue, message, sizeof(message), 0) == 0);
  return argument;
}

static void *logger(void *argument)
{
  static char message[16];

  /* REMEDY */
  CHECK(mq_receive(queue, message, sizeof(message), NULL) == 4);
  CHECK(mq_receive(queue, message, sizeof(message), NULL) == 16 && strcmp(message, "two") == 0);
  return argument;
}

void *POSIX_Init(void *argument)
{
  struct mq_attr attributes = { .mq_maxmsg = 1, .mq_msgsize = 16 };
  pthread_t first;

  queue = mq_open("/q", O_CREAT | O_RDWR, 0600, &attributes);
  CHECK(mq_send(queue, "one", 4, 0) == 0);
  first = start(sensor);
  CHECK(pthread_join(start(logger), NULL) == 0);
  CHECK(pthread_join(first, NULL) == 0);
  exit(0);
}

#include "case_config.h"
