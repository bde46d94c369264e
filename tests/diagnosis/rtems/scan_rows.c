/* A scanner's rows: a row is a struct with its pixels behind it, in one block of the heap. */
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
  uint16_t width;
  uint16_t used;
  uint8_t *pixels;
} row;

static row *rows[4];

static row *new_row(uint16_t width)
{
  row *made = calloc(1, sizeof(row));

  made->width = width;
  made->pixels = malloc(width);
  return made;
}

static void put_pixel(row *to, uint8_t value)
{
  if (to->used <= to->width) {
    to->pixels[to->used++] = value;
  }
}

static void scan(row *to, uint8_t seed)
{
  for (unsigned i = 0; i < 100; ++i) {
    put_pixel(to, (uint8_t) (seed + i * 5));
  }
}

static void *scanner(void *argument)
{
  (void) argument;
  for (unsigned i = 0; i < 4; ++i) {
    rows[i] = new_row(12);
  }
  for (unsigned i = 0; i < 4; ++i) {
    scan(rows[i], (uint8_t) (i * 40 + 7));
  }
  return NULL;
}

static void free_rows(void)
{
  for (unsigned i = 0; i < 4; ++i) {
    free(rows[i]->pixels);
    free(rows[i]);
  }
}

void *POSIX_Init(void *argument)
{
  pthread_t thread;

  (void) argument;
  pthread_create(&thread, NULL, scanner, NULL);
  pthread_join(thread, NULL);
  free_rows();
  for (unsigned i = 0; i < 4; ++i) {
    rows[i] = new_row(30 + i);
  }
  puts("scanned");
  exit(0);
}

#define CONFIGURE_MAXIMUM_POSIX_THREADS 3
#include "posix_system.h"
