/* Reports are joined of words by a variadic function and sent to a printer thread. */
#include <pthread.h>
#include <semaphore.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LINES 4

static char lines[LINES][48];
static unsigned filled;
static sem_t ready;

static void join_words(char *line, size_t size, ...)
{
  va_list words;
  const char *word;

  va_start(words, size);
  line[0] = '\0';
  while ((word = va_arg(words, const char *)) != NULL) {
    strlcat(line, word, size);
    strlcat(line, " ", size);
  }
  va_end(words);
}

static void report(const char *what, int value)
{
  char number[12];

  snprintf(number, sizeof(number), "%d", value);
  join_words(lines[filled++ % LINES], sizeof(lines[0]), "report", what, number, NULL);
  sem_post(&ready);
}

static void alarm_report(const char *what, unsigned level, int value)
{
  char number[12];

  snprintf(number, sizeof(number), "%d", value);
  join_words(lines[filled++ % LINES], sizeof(lines[0]), "alarm", what, level, number, NULL);
  sem_post(&ready);
}

static void *monitor(void *argument)
{
  (void) argument;
  for (int i = 0; i < 4; ++i) {
    usleep(10000);
    report("pressure", 40 + 20 * i);
    if (i == 2) {
      alarm_report("pressure", 0x70000003, 80);
    }
  }
  return NULL;
}

static void *printer(void *argument)
{
  (void) argument;
  for (unsigned i = 0; i < 5; ++i) {
    sem_wait(&ready);
    puts(lines[i % LINES]);
  }
  return NULL;
}

void *POSIX_Init(void *argument)
{
  pthread_t threads[2];

  (void) argument;
  sem_init(&ready, 0, 0);
  pthread_create(&threads[0], NULL, monitor, NULL);
  pthread_create(&threads[1], NULL, printer, NULL);
  pthread_join(threads[0], NULL);
  pthread_join(threads[1], NULL);
  exit(0);
}

#define CONFIGURE_MAXIMUM_POSIX_THREADS 3
#include "posix_system.h"
