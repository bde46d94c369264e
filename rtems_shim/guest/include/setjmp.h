/* Jumps out of functions. They give back the registers of the FPU that a callee keeps, which newlib's do not. */

#ifndef _SETJMP_H_
#define _SETJMP_H_

#include <sys/cdefs.h>
#include <sys/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/* r4-r11, sp, lr, s16-s31 */
typedef int jmp_buf[26];

int setjmp(jmp_buf) __attribute__((returns_twice));
void longjmp(jmp_buf, int) __attribute__((noreturn));

#define setjmp(place) setjmp(place)

#if __POSIX_VISIBLE
typedef struct {
  jmp_buf place;
  int has_mask;
  sigset_t mask;
} sigjmp_buf[1];

int pthread_sigmask(int, const sigset_t *, sigset_t *);

/* 0 is SIG_SETMASK. */
#define sigsetjmp(buffer, saves) \
  ((buffer)[0].has_mask = (saves), \
   (buffer)[0].has_mask ? (void) pthread_sigmask(0, 0, &(buffer)[0].mask) : (void) 0, \
   setjmp((buffer)[0].place))
#define siglongjmp(buffer, value) \
  ((buffer)[0].has_mask ? (void) pthread_sigmask(0, &(buffer)[0].mask, 0) : (void) 0, \
   longjmp((buffer)[0].place, (value)))
#endif

#if __BSD_VISIBLE
#define _setjmp(place) setjmp(place)
#define _longjmp(place, value) longjmp(place, value)
#endif

#ifdef __cplusplus
}
#endif

#endif
