/*
 * Tables of calls and the error each must give, one row a line, in the order of the checks inside the call.
 *
 * A row prints "row NN ok" or "row NN FAIL got ... want ...: the call"; the exit code is 0 when all rows were ok.
 */

#ifndef FIRMWARE_ROWS_H
#define FIRMWARE_ROWS_H

#include "threads.h"

static int rows_run, rows_failed;

static inline void print_row(bool ok, const char *call, int got, int want)
{
  ++rows_run;
  if (ok) {
    printf("row %02d ok\n", rows_run);
  } else {
    ++rows_failed;
    printf("row %02d FAIL got %d want %d: %s\n", rows_run, got, want, call);
  }
}

/* The call answers -1 and sets errno to `error`. */
#define FAILS(call, error) \
  do { \
    long rows_result; \
    errno = 0; \
    rows_result = (long) (call); \
    print_row(rows_result == -1 && errno == (error), #call, rows_result == -1 ? errno : 0, (error)); \
  } while (0)

/* The call, or any other expression, gives `value`. */
#define GIVES(call, value) \
  do { \
    long rows_result; \
    errno = 0; \
    rows_result = (long) (call); \
    print_row(rows_result == (long) (value), #call, rows_result == -1 ? errno : (int) rows_result, (int) (value)); \
  } while (0)

/* The call succeeds: it gives anything but -1. */
#define WORKS(call) \
  do { \
    long rows_result; \
    errno = 0; \
    rows_result = (long) (call); \
    print_row(rows_result != -1, #call, errno, 0); \
  } while (0)

static inline _Noreturn void end_rows(void)
{
  printf("%d rows, %d failed\n", rows_run, rows_failed);
  rtems_test_exit(rows_failed != 0);
}

#endif
