/*
 * Requests of asynchronous input and output. Those of one descriptor are served one after the other, the most urgent
 * first, by a thread that has the priority of the request. The thread's accesses to the buffer are its own: a buffer on
 * the stack of whoever asked is refused to it, unless that stack is shared. It ends when there are no more requests.
 */

#include "aio_queue.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <unistd.h>

struct request {
  struct request *next;
  struct aiocb *block;
  int operation, policy, priority;
  struct rtems_shim_aio_list *list;
};

struct queue {
  struct queue *next;
  int fd;
  bool served;
  struct request *first;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t list_ended = PTHREAD_COND_INITIALIZER;
static struct queue *queues;
static int requests, servers;

/* Telling who asked */

static bool is_valid(const struct sigevent *event)
{
  switch (event->sigev_notify) {
    case SIGEV_NONE:
      return true;
    case SIGEV_SIGNAL:
      return event->sigev_signo > 0 && event->sigev_signo <= 32;
    case SIGEV_THREAD:
      return event->sigev_notify_function != NULL;
    default:
      return false;
  }
}

static void *call_function(void *argument)
{
  const struct sigevent event = *(struct sigevent *) argument;

  free(argument);
  event.sigev_notify_function(event.sigev_value);
  return NULL;
}

static void notify(const struct sigevent *event)
{
  struct sigevent *copy;
  pthread_t thread;

  if (event->sigev_notify == SIGEV_SIGNAL) {
    (void) sigqueue(getpid(), event->sigev_signo, event->sigev_value);
  } else if (event->sigev_notify == SIGEV_THREAD && (copy = malloc(sizeof(*copy))) != NULL) {
    *copy = *event;
    if (pthread_create(&thread, event->sigev_notify_attributes, call_function, copy) == 0) {
      (void) pthread_detach(thread);
    } else {
      free(copy);
    }
  }
}

/* One of the list's is over: called with the lock held, which is given back while somebody is told. */
static void count_down(struct rtems_shim_aio_list *list)
{
  if (list == NULL || --list->left != 0) {
    return;
  }
  if (list->waited_for) {
    (void) pthread_cond_broadcast(&list_ended);
    return;
  }
  (void) pthread_mutex_unlock(&lock);
  notify(&list->event);
  free(list);
  (void) pthread_mutex_lock(&lock);
}

/* Called with the lock held, too. */
static void finish(struct request *request, ssize_t value, int error)
{
  const struct sigevent event = request->block->aio_sigevent;
  struct rtems_shim_aio_list *list = request->list;

  request->block->return_value = value;
  request->block->error_code = error;
  request->block->return_status = RTEMS_SHIM_AIO_FINISHED;
  free(request);
  --requests;
  (void) pthread_mutex_unlock(&lock);
  notify(&event);
  (void) pthread_mutex_lock(&lock);
  if (list != NULL) {
    list->failed = list->failed || error != 0;
    count_down(list);
  }
}

bool rtems_shim_aio_list_end(struct rtems_shim_aio_list *list)
{
  const bool waits = list->waited_for;
  bool successful = true;

  (void) pthread_mutex_lock(&lock);
  count_down(list);
  if (waits) {
    while (list->left != 0) {
      (void) pthread_cond_wait(&list_ended, &lock);
    }
    successful = !list->failed;
    free(list);
  }
  (void) pthread_mutex_unlock(&lock);
  return successful;
}

/* Serving */

/* What has no position, as a pipe, is read and written where it is. */
static ssize_t perform(int operation, const struct aiocb *block)
{
  void *buffer = (void *) block->aio_buf;
  ssize_t value;

  switch (operation) {
    case LIO_READ:
      value = pread(block->aio_fildes, buffer, block->aio_nbytes, block->aio_offset);
      return value < 0 && errno == ESPIPE ? read(block->aio_fildes, buffer, block->aio_nbytes) : value;
    case LIO_WRITE:
      value = pwrite(block->aio_fildes, buffer, block->aio_nbytes, block->aio_offset);
      return value < 0 && errno == ESPIPE ? write(block->aio_fildes, buffer, block->aio_nbytes) : value;
    default:
      return fsync(block->aio_fildes);
  }
}

static void drop(struct queue *queue)
{
  struct queue **place = &queues;

  while (*place != queue) {
    place = &(*place)->next;
  }
  *place = queue->next;
  free(queue);
}

static void serve(struct queue *queue)
{
  struct request *request;

  queue->served = true;
  while ((request = queue->first) != NULL) {
    const struct sched_param parameter = { .sched_priority = request->priority };
    ssize_t value;

    queue->first = request->next;
    (void) pthread_mutex_unlock(&lock);
    (void) pthread_setschedparam(pthread_self(), request->policy, &parameter);
    value = perform(request->operation, request->block);
    (void) pthread_mutex_lock(&lock);
    finish(request, value, value < 0 ? errno : 0);
  }
  drop(queue);
}

static void *server(void *argument)
{
  struct queue *queue;

  (void) argument;
  (void) pthread_mutex_lock(&lock);
  for (queue = queues; queue != NULL; queue = queues) {
    while (queue != NULL && queue->served) {
      queue = queue->next;
    }
    if (queue == NULL) {
      break;
    }
    serve(queue);
  }
  --servers;
  (void) pthread_mutex_unlock(&lock);
  return NULL;
}

static int start_server(const struct request *request)
{
  const struct sched_param parameter = { .sched_priority = request->priority };
  pthread_attr_t attributes;
  pthread_t thread;
  int error;

  (void) pthread_attr_init(&attributes);
  (void) pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
  (void) pthread_attr_setinheritsched(&attributes, PTHREAD_EXPLICIT_SCHED);
  (void) pthread_attr_setschedpolicy(&attributes, request->policy);
  (void) pthread_attr_setschedparam(&attributes, &parameter);
  error = pthread_create(&thread, &attributes, server, NULL);
  (void) pthread_attr_destroy(&attributes);
  servers += error == 0;
  return error;
}

/* Asking */

static struct queue *queue_of(int fd)
{
  struct queue *queue = queues;

  while (queue != NULL && queue->fd != fd) {
    queue = queue->next;
  }
  return queue;
}

/* A queue for the request's descriptor, and somebody who will serve it; NULL where one of both cannot be had. */
static struct queue *new_queue(const struct request *request)
{
  struct queue *queue = calloc(1, sizeof(*queue));

  if (queue == NULL) {
    return NULL;
  }
  queue->fd = request->block->aio_fildes;
  queue->next = queues;
  queues = queue;
  if (servers < AIO_MAX_THREADS && start_server(request) != 0 && servers == 0) {
    drop(queue);
    return NULL;
  }
  return queue;
}

/* Behind those of the same priority, in front of less urgent ones. */
static int enqueue(struct request *request)
{
  struct queue *queue = queue_of(request->block->aio_fildes);
  struct request **place;

  queue = queue != NULL ? queue : new_queue(request);
  if (queue == NULL) {
    return EAGAIN;
  }
  for (place = &queue->first; *place != NULL && (*place)->priority >= request->priority;) {
    place = &(*place)->next;
  }
  request->next = *place;
  *place = request;
  request->block->error_code = EINPROGRESS;
  request->block->return_status = RTEMS_SHIM_AIO_PENDING;
  ++requests;
  if (request->list != NULL) {
    ++request->list->left;
  }
  return 0;
}

static int check(int operation, const struct aiocb *block)
{
  const int flags = fcntl(block->aio_fildes, F_GETFL);

  if (flags < 0 || (flags & O_ACCMODE) == (operation == LIO_READ ? O_WRONLY : O_RDONLY)) {
    return EBADF;
  }
  if (operation != RTEMS_SHIM_AIO_SYNCHRONIZE && (block->aio_reqprio < 0 || block->aio_offset < 0)) {
    return EINVAL;
  }
  return is_valid(&block->aio_sigevent) ? 0 : EINVAL;
}

int rtems_shim_aio_submit(int operation, struct aiocb *block, struct rtems_shim_aio_list *list)
{
  int error = block != NULL ? check(operation, block) : EINVAL;
  struct sched_param parameter;
  struct request *request;

  if (error != 0) {
    return error;
  }
  request = malloc(sizeof(*request));
  if (request == NULL) {
    return EAGAIN;
  }
  *request = (struct request) { .block = block, .operation = operation, .list = list };
  (void) pthread_getschedparam(pthread_self(), &request->policy, &parameter);
  request->priority = parameter.sched_priority - (operation == RTEMS_SHIM_AIO_SYNCHRONIZE ? 0 : block->aio_reqprio);
  if (request->priority < sched_get_priority_min(request->policy)) {
    request->priority = sched_get_priority_min(request->policy);
  }
  (void) pthread_mutex_lock(&lock);
  error = requests < RTEMS_AIO_MAX ? enqueue(request) : EAGAIN;
  (void) pthread_mutex_unlock(&lock);
  if (error != 0) {
    free(request);
  }
  return error;
}

int rtems_shim_aio_cancel(int fd, const struct aiocb *block)
{
  int answer = block != NULL && block->error_code == EINPROGRESS ? AIO_NOTCANCELED : AIO_ALLDONE;
  struct request **place = NULL, *cancelled = NULL, *request;
  struct queue *queue;

  (void) pthread_mutex_lock(&lock);
  queue = queue_of(fd);
  place = queue != NULL ? &queue->first : NULL;
  while (place != NULL && (request = *place) != NULL) {
    if (block != NULL && request->block != block) {
      place = &request->next;
      continue;
    }
    *place = request->next;
    request->next = cancelled;
    cancelled = request;
    answer = AIO_CANCELED;
  }
  while ((request = cancelled) != NULL) {
    cancelled = request->next;
    finish(request, -1, ECANCELED);
  }
  (void) pthread_mutex_unlock(&lock);
  return answer;
}
