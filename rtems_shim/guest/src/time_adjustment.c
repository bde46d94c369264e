/* adjtime(), and the clock discipline of NTP, which has never heard of a better clock. */

#include <errno.h>
#include <string.h>
#include <sys/time.h>
#include <sys/timex.h>

#include "internal.h"

#define MICROSECONDS 1000000
#define INITIAL_ERROR 500000 /* us */
#define TOLERANCE 32500000 /* scaled ppm: what MAXFREQ is */
#define PPS_SHIFT 2
#define KEPT_MODES ((unsigned) (MOD_MAXERROR | MOD_ESTERROR | MOD_STATUS | MOD_TIMECONST | MOD_TAI))
#define WRITABLE_STATUS 0xFF

int adjtime(const struct timeval *delta, struct timeval *left)
{
  int64_t microseconds = delta != NULL ? (int64_t) delta->tv_sec * MICROSECONDS + delta->tv_usec : 0;
  int64_t before = 0;

  rtems_shim_adjtime(microseconds, delta != NULL, &before);
  if (left != NULL) {
    left->tv_sec = (time_t) (before / MICROSECONDS);
    left->tv_usec = (suseconds_t) (before % MICROSECONDS);
    if (left->tv_usec < 0) {
      left->tv_usec += MICROSECONDS;
      --left->tv_sec;
    }
  }
  return 0;
}

static struct {
  long maximum_error, estimated_error, constant, tai;
  int status;
} discipline = { .maximum_error = INITIAL_ERROR, .estimated_error = INITIAL_ERROR, .status = STA_UNSYNC };

/* A clock that is not synchronized, or that has an error, is none to rely on. */
static int state(void)
{
  return (discipline.status & (STA_UNSYNC | STA_CLOCKERR)) != 0 ? TIME_ERROR : TIME_OK;
}

int ntp_gettime(struct ntptimeval *now)
{
  if (now == NULL) {
    errno = EFAULT;
    return -1;
  }
  memset(now, 0, sizeof(*now));
  clock_gettime(CLOCK_REALTIME, &now->time);
  now->maxerror = discipline.maximum_error;
  now->esterror = discipline.estimated_error;
  now->tai = discipline.tai;
  now->time_state = state();
  return now->time_state;
}

static void keep(const struct timex *change)
{
  if ((change->modes & MOD_MAXERROR) != 0) {
    discipline.maximum_error = change->maxerror;
  }
  if ((change->modes & MOD_ESTERROR) != 0) {
    discipline.estimated_error = change->esterror;
  }
  if ((change->modes & MOD_STATUS) != 0) {
    discipline.status = change->status & WRITABLE_STATUS;
  }
  if ((change->modes & MOD_TIMECONST) != 0) {
    discipline.constant = change->constant < 0 ? 0 : change->constant > MAXTC ? MAXTC : change->constant;
  }
  if ((change->modes & MOD_TAI) != 0 && change->constant > 0) {
    discipline.tai = change->constant;
  }
}

int ntp_adjtime(struct timex *change)
{
  if (change == NULL) {
    errno = EFAULT;
    return -1;
  }
  if ((change->modes & ~KEPT_MODES) != 0) { /* [D-170] */
    errno = ENOTSUP;
    return -1;
  }
  keep(change);
  memset(change, 0, sizeof(*change));
  change->maxerror = discipline.maximum_error;
  change->esterror = discipline.estimated_error;
  change->status = discipline.status;
  change->constant = discipline.constant;
  change->tolerance = TOLERANCE;
  change->shift = PPS_SHIFT;
  return state();
}
