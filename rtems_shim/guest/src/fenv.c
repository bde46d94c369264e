/* <fenv.h>: newlib has only functions that fail. Each thread has its own environment, as it has its own FPSCR. */

#include <fenv.h>

#define ROUNDING 0xC00000

const fenv_t rtems_shim_default_fp_environment = 0;

#ifdef __ARM_FP
static int get(void)
{
  int fpscr;

  __asm__ volatile("vmrs %0, fpscr" : "=r"(fpscr));
  return fpscr;
}

static void set(int fpscr)
{
  __asm__ volatile("vmsr fpscr, %0" : : "r"(fpscr));
}
#else
static int get(void)
{
  return 0;
}

static void set(int fpscr)
{
  (void) fpscr;
}
#endif

int feclearexcept(int exceptions)
{
  set(get() & ~(exceptions & FE_ALL_EXCEPT));
  return 0;
}

int fegetexceptflag(fexcept_t *flags, int exceptions)
{
  *flags = fetestexcept(exceptions);
  return 0;
}

int feraiseexcept(int exceptions)
{
  set(get() | (exceptions & FE_ALL_EXCEPT));
  return 0;
}

int fesetexceptflag(const fexcept_t *flags, int exceptions)
{
  exceptions &= FE_ALL_EXCEPT;
  set((get() & ~exceptions) | (*flags & exceptions));
  return 0;
}

int fetestexcept(int exceptions)
{
  return get() & exceptions & FE_ALL_EXCEPT;
}

int fegetround(void)
{
  return get() & ROUNDING;
}

int fesetround(int mode)
{
#ifdef __ARM_FP
  if ((mode & ~ROUNDING) != 0) {
    return 1;
  }
  set((get() & ~ROUNDING) | mode);
  return 0;
#else
  return mode != FE_TONEAREST;
#endif
}

int fegetenv(fenv_t *environment)
{
  *environment = get();
  return 0;
}

/* No exception of an M-profile FPU traps: there is nothing to hold. */
int feholdexcept(fenv_t *environment)
{
  *environment = get();
  return feclearexcept(FE_ALL_EXCEPT);
}

int fesetenv(const fenv_t *environment)
{
  set(*environment);
  return 0;
}

int feupdateenv(const fenv_t *environment)
{
  const int raised = fetestexcept(FE_ALL_EXCEPT);

  set(*environment);
  return feraiseexcept(raised);
}
