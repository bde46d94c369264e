#!/bin/sh
# newlib 3.3.0 (Debian libnewlib-arm-none-eabi 3.3.0-1.3) on a Cortex-M3 of QEMU 7.2: snprintf() with a size that wrapped.
#
# "used += snprintf(text + used, sizeof text - used, ...)" in a loop is known to write past the buffer once it is full: used
# is then larger than the buffer, and the size wraps round to nearly 4 GiB. One would guess so. newlib refuses a size beyond
# INT_MAX with EOVERFLOW, as POSIX has it: it returns -1 and stores nothing. So nothing behind the buffer is overwritten, and
# used goes DOWN by one; where that makes the size 0, the next piece is counted in full again. The count that the caller
# sends or stores is wrong, and wanders about the buffer's size for as long as the loop goes on.
#
# Expected here, pieces of 3 characters into 8 bytes: counts 3 6 9 8 11 10, and what is behind the buffer stays.
set -eu
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
cd "$place"
cat > t.c <<'C'
#include <stdio.h>
#include <stdlib.h>
extern void initialise_monitor_handles(void);
extern int main(void);
void _init(void) { }
void _fini(void) { }
void start(void) { initialise_monitor_handles(); exit(main()); }
__attribute__((section(".vectors"), used)) void *const vectors[] = { (void *) 0x20100000, (void *) start };
struct { char text[8], behind[8]; } line = { "", "guarded" };
int main(void)
{
  unsigned used = 0;
  printf("counts:");
  for (int piece = 0; piece < 6; piece++) {
    used += snprintf(line.text + used, sizeof line.text - used, "%d; ", piece);
    printf(" %u", used);
  }
  printf("\nbehind: %s\n", line.behind);
  return 0;
}
C
arm-none-eabi-gcc -mcpu=cortex-m3 -mthumb -O1 -w -nostartfiles --specs=rdimon.specs -Wl,-e,start \
    -Wl,--section-start=.vectors=0,-Ttext=0x1000,-Tdata=0x20000000 t.c -o t.elf
dpkg-query -W -f '${Package} ${Version}\n' libnewlib-arm-none-eabi
timeout 20 qemu-system-arm -M mps2-an385 -nographic -monitor none -serial null -semihosting -kernel t.elf | tee out
grep -qx 'counts: 3 6 9 8 11 10' out && grep -qx 'behind: guarded' out
