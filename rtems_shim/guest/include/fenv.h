/* The floating-point environment: FPSCR where the program is compiled for an FPU, else one that never changes. */

#ifndef _FENV_H
#define _FENV_H

#ifdef __cplusplus
extern "C" {
#endif

typedef int fenv_t;
typedef int fexcept_t;

#ifdef __ARM_FP
/* Flags and rounding modes as FPSCR has them. What the compiler's library computes, double on a Cortex-M4, has none. */
#define FE_INVALID 0x01
#define FE_DIVBYZERO 0x02
#define FE_OVERFLOW 0x04
#define FE_UNDERFLOW 0x08
#define FE_INEXACT 0x10
#define FE_ALL_EXCEPT 0x1F
#define FE_TONEAREST 0x000000
#define FE_UPWARD 0x400000
#define FE_DOWNWARD 0x800000
#define FE_TOWARDZERO 0xC00000
#else
#define FE_ALL_EXCEPT 0
#define FE_TONEAREST 0
#endif

extern const fenv_t rtems_shim_default_fp_environment;
#define FE_DFL_ENV (&rtems_shim_default_fp_environment)

int feclearexcept(int);
int fegetexceptflag(fexcept_t *, int);
int feraiseexcept(int);
int fesetexceptflag(const fexcept_t *, int);
int fetestexcept(int);
int fegetround(void);
int fesetround(int);
int fegetenv(fenv_t *);
int feholdexcept(fenv_t *);
int fesetenv(const fenv_t *);
int feupdateenv(const fenv_t *);

#ifdef __cplusplus
}
#endif

#endif
