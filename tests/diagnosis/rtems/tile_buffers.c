/* Two buffers; the second thread's stack is the area behind them. */

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define STACK 4096

static struct {
  unsigned char stack[STACK / 2] __attribute__((aligned(STACK)));
  unsigned char tiles[STACK / 2];
} memory;

static volatile int painted;

static void *painter(void *argument)
{
  const char *text = argument;
  volatile char shade[16];

  for (int i = 0; i < 16; ++i) {
    shade[i] = text[i % 4];
  }
  painted = shade[3];
  return NULL;
}

static void start_painter(pthread_t *thread)
{
  pthread_attr_t attributes;

  pthread_attr_init(&attributes);
  pthread_attr_setstack(&attributes, memory.stack, STACK);
  pthread_create(thread, &attributes, painter, "dark");
  pthread_setname_np(*thread, "painter");
}

static void clear_tiles(void)
{
  memset(memory.tiles, 0x20, sizeof memory.tiles);
}

void *POSIX_Init(void *argument)
{
  pthread_t thread;

  (void) argument;
  clear_tiles();
  start_painter(&thread);
  clear_tiles();
  pthread_join(thread, NULL);
  printf("painted %d\n", painted);
  exit(0);
}

#define CONFIGURE_MAXIMUM_POSIX_THREADS 2
#include "posix_system.h"
