#!/bin/sh
# newlib 3.3.0 (Debian libnewlib-arm-none-eabi 3.3.0-1.3) on a Cortex-M3 of QEMU 7.2: strtof() of what is too small for a float.
#
# One would guess that strtof() and strtod() of one library report the same: a number that is not 0 and comes out as 0 is
# ERANGE, as too large ones are. strtod("1e-400") does set ERANGE, and strtof("1e60") too; strtof("1e-60") returns 0 and
# leaves errno as it was. A parser that checks errno takes a denormal sensor constant for a plain zero.
#
# Expected here: "small float: 0, errno 0", "large float: errno 34", "small double: 0, errno 34".
set -eu
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
cd "$place"
cat > t.c <<'C'
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
extern void initialise_monitor_handles(void);
extern int main(void);
void _init(void) { }
void _fini(void) { }
void start(void) { initialise_monitor_handles(); exit(main()); }
__attribute__((section(".vectors"), used)) void *const vectors[] = { (void *) 0x20100000, (void *) start };
int main(void)
{
  volatile float f;
  volatile double d;
  errno = 0, f = strtof("1e-60", NULL);
  printf("small float: %g, errno %d\n", f, errno);
  errno = 0, f = strtof("1e60", NULL);
  printf("large float: errno %d\n", errno);
  errno = 0, d = strtod("1e-400", NULL);
  printf("small double: %g, errno %d\n", d, errno);
  return 0;
}
C
arm-none-eabi-gcc -mcpu=cortex-m3 -mthumb -O1 -w -nostartfiles --specs=rdimon.specs -Wl,-e,start \
    -Wl,--section-start=.vectors=0,-Ttext=0x1000,-Tdata=0x20000000 t.c -o t.elf
dpkg-query -W -f '${Package} ${Version}\n' libnewlib-arm-none-eabi
timeout 20 qemu-system-arm -M mps2-an385 -nographic -monitor none -serial null -semihosting -kernel t.elf | tee out
grep -qx 'small float: 0, errno 0' out && grep -qx 'large float: errno 34' out && grep -qx 'small double: 0, errno 34' out
