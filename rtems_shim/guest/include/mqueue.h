/* POSIX message queues. */

#ifndef _MQUEUE_H
#define _MQUEUE_H

#include <sys/types.h>
#include <sys/fcntl.h>
#include <signal.h>
#include <time.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef __uint32_t mqd_t;

#ifndef MQ_PRIO_MAX
#define MQ_PRIO_MAX 32
#endif

struct mq_attr {
  long mq_flags;
  long mq_maxmsg;
  long mq_msgsize;
  long mq_curmsgs;
};

mqd_t mq_open(const char *, int, ...);
int mq_close(mqd_t);
int mq_unlink(const char *);
int mq_send(mqd_t, const char *, size_t, unsigned);
int mq_timedsend(mqd_t, const char *, size_t, unsigned, const struct timespec *);
ssize_t mq_receive(mqd_t, char *, size_t, unsigned *);
ssize_t mq_timedreceive(
  mqd_t,
  char *__restrict,
  size_t,
  unsigned *__restrict,
  const struct timespec *__restrict
);
int mq_notify(mqd_t, const struct sigevent *);
int mq_setattr(mqd_t, const struct mq_attr *__restrict, struct mq_attr *__restrict);
int mq_getattr(mqd_t, struct mq_attr *);

#ifdef __cplusplus
}
#endif

#endif
