/* Measurements are written to a file of the RAM disk. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

struct log {
  FILE *file;
  unsigned lines;
};

static struct log data_log;

static void open_log(struct log *log, const char *path)
{
  log->file = fopen(path, "w");
  log->lines = 0;
}

static void add_line(struct log *log, int value)
{
  fputs("value ", log->file);
  fprintf(log->file, "%d\n", value);
  log->lines++;
}

static void *recorder(void *argument)
{
  (void) argument;
  open_log(&data_log, "/data/log/today.txt");
  for (int i = 0; i < 3; ++i) {
    add_line(&data_log, i * 10);
  }
  fclose(data_log.file);
  return NULL;
}

void *POSIX_Init(void *argument)
{
  pthread_t thread;

  (void) argument;
  mkdir("/data", 0777);
  pthread_create(&thread, NULL, recorder, NULL);
  pthread_setname_np(thread, "recorder");
  pthread_join(thread, NULL);
  printf("%u lines\n", data_log.lines);
  exit(0);
}

#define CONFIGURE_MAXIMUM_POSIX_THREADS 5
#define CONFIGURE_MAXIMUM_FILE_DESCRIPTORS 6
#include "posix_system.h"
