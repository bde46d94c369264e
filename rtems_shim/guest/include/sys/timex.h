/* The clock discipline of NTP: what it says of a clock that nobody disciplines. */

#ifndef _SYS_TIMEX_H_
#define _SYS_TIMEX_H_

#include <time.h>

#ifdef __cplusplus
extern "C" {
#endif

#define NTP_API 4
#define MAXPHASE 500000000L
#define MAXFREQ 500000L
#define MINSEC 256
#define MAXSEC 2048
#define NANOSECOND 1000000000L
#define SCALE_PPM (65536 / 1000)
#define MAXTC 10

#define MOD_OFFSET 0x0001
#define MOD_FREQUENCY 0x0002
#define MOD_MAXERROR 0x0004
#define MOD_ESTERROR 0x0008
#define MOD_STATUS 0x0010
#define MOD_TIMECONST 0x0020
#define MOD_PPSMAX 0x0040
#define MOD_TAI 0x0080
#define MOD_MICRO 0x1000
#define MOD_NANO 0x2000
#define MOD_CLKB 0x4000
#define MOD_CLKA 0x8000

#define STA_PLL 0x0001
#define STA_PPSFREQ 0x0002
#define STA_PPSTIME 0x0004
#define STA_FLL 0x0008
#define STA_INS 0x0010
#define STA_DEL 0x0020
#define STA_UNSYNC 0x0040
#define STA_FREQHOLD 0x0080
#define STA_PPSSIGNAL 0x0100
#define STA_PPSJITTER 0x0200
#define STA_PPSWANDER 0x0400
#define STA_PPSERROR 0x0800
#define STA_CLOCKERR 0x1000
#define STA_NANO 0x2000
#define STA_MODE 0x4000
#define STA_CLK 0x8000

#define TIME_OK 0
#define TIME_INS 1
#define TIME_DEL 2
#define TIME_OOP 3
#define TIME_WAIT 4
#define TIME_ERROR 5

struct ntptimeval {
  struct timespec time;
  long maxerror;
  long esterror;
  long tai;
  int time_state;
};

struct timex {
  unsigned int modes;
  long offset;
  long freq;
  long maxerror;
  long esterror;
  int status;
  long constant;
  long precision;
  long tolerance;
  long ppsfreq;
  long jitter;
  int shift;
  long stabil;
  long jitcnt;
  long calcnt;
  long errcnt;
  long stbcnt;
};

/* Of the modes those that only keep a number are here; one that would change the clock's rate is ENOTSUP. */
int ntp_adjtime(struct timex *);
int ntp_gettime(struct ntptimeval *);

#ifdef __cplusplus
}
#endif

#endif
