/* A transmitter retries by SIGALRM; the handler longs back into the send that waits. */
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef struct {
  int attempts;
  char last[24];
} link_state;

static sigjmp_buf again;
static link_state radio;

static void on_alarm(int number)
{
  (void) number;
  siglongjmp(again, 1);
}

static int send_frame(const char *text)
{
  if (sigsetjmp(again, 1) != 0) {
    ++radio.attempts;
  }
  if (radio.attempts >= 3) {
    return -1;
  }
  strncpy(radio.last, text, sizeof(radio.last) - 1);
  alarm(1);
  return radio.attempts;
}

static unsigned digest(const char *text, unsigned rounds)
{
  unsigned words[64], sum = 0;

  for (unsigned i = 0; i < 64; ++i) {
    words[i] = (unsigned) text[i % strlen(text)] * (i + 0x01010101u);
  }
  for (unsigned i = 0; i < rounds; ++i) {
    sum = sum * 31 + words[i % 64];
  }
  sleep(2);
  return sum;
}

static void *transmitter(void *argument)
{
  const char *text = argument;

  if (send_frame(text) < 0) {
    return NULL;
  }
  printf("digest %08x\n", digest(text, 500));
  return NULL;
}

void *POSIX_Init(void *argument)
{
  struct sigaction action = { .sa_handler = on_alarm };
  pthread_t thread;

  (void) argument;
  sigaction(SIGALRM, &action, NULL);
  pthread_create(&thread, NULL, transmitter, "hello, station");
  pthread_join(thread, NULL);
  exit(0);
}

#define CONFIGURE_MAXIMUM_POSIX_THREADS 3
#include "posix_system.h"
