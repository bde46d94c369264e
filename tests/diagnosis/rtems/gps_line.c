/* Lines of a receiver are split into fields, which are pointers into the line. */
#include <pthread.h>
#include <semaphore.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FIELDS = 8 };

typedef struct {
  char *fields[FIELDS];
  unsigned count;
  double latitude;
} fix;

static const char *const received[] = {
  "$GPGGA,120530,4807.038,N,01131.000,E,1,08",
  "$GPTXT,ok",
  "$GPGGA,120531",
};

static fix last_fix;
static char line[64];
static sem_t arrived, taken;

static void split(fix *into, char *text)
{
  into->count = 0;
  for (char *comma = strchr(text, ','); comma != NULL; comma = strchr(comma, ',')) {
    *comma++ = '\0';
    into->fields[into->count++] = comma;
  }
}

static double degrees(const char *field)
{
  double value = atof(field);
  int whole = (int) value / 100;

  return whole + (value - whole * 100) / 60;
}

static void update(fix *into)
{
  if (strcmp(line, "$GPGGA") == 0) {
    into->latitude = degrees(into->fields[1]);
    printf("%s %.4f\n", into->fields[2], into->latitude);
  }
}

static void *navigator(void *argument)
{
  (void) argument;
  for (int i = 0; i < 3; ++i) {
    sem_wait(&arrived);
    memset(&last_fix, 0, sizeof(last_fix));
    split(&last_fix, line);
    update(&last_fix);
    sem_post(&taken);
  }
  return NULL;
}

static void *receiver(void *argument)
{
  (void) argument;
  for (int i = 0; i < 3; ++i) {
    strcpy(line, received[i]);
    sem_post(&arrived);
    sem_wait(&taken);
  }
  return NULL;
}

void *POSIX_Init(void *argument)
{
  pthread_t threads[2];

  (void) argument;
  sem_init(&arrived, 0, 0);
  sem_init(&taken, 0, 0);
  pthread_create(&threads[0], NULL, navigator, NULL);
  pthread_create(&threads[1], NULL, receiver, NULL);
  pthread_join(threads[1], NULL);
  exit(last_fix.latitude < 40.0);
}

#define CONFIGURE_MAXIMUM_POSIX_THREADS 4
#include "posix_system.h"
