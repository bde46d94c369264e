/* mq_send() writes into the stack of a blocked receiver. Nobody has a name; no objects, no descriptors. */

#include "case.h"

static mqd_t queue;

static void *logger(void *argument)
{
  char message[16];

  CHECK(mq_receive(queue, message, sizeof(message), NULL) == 5);
  CHECK(strcmp(message, "text") == 0);
  return argument;
}

static void *sensor(void *argument)
{
  /* REMEDY */
  CHECK(mq_send(queue, "text", 5, 0) == 0);
  return argument;
}

void *POSIX_Init(void *argument)
{
  struct mq_attr attributes = { .mq_maxmsg = 4, .mq_msgsize = 16 };
  pthread_t first;

  queue = mq_open("/q", O_CREAT | O_RDWR, 0600, &attributes);
  first = start(logger);
  CHECK(pthread_join(start(sensor), NULL) == 0);
  CHECK(pthread_join(first, NULL) == 0);
  exit(0);
}

#include "case_config.h"
