#!/bin/sh
# arm-none-eabi-gcc 12.2.1 (Debian 15:12.2.rel1-1) with its newlib: -mfloat-abi given twice links a C library for ARM mode.
#
# One would guess that the last of two options that contradict each other counts, as it does for the compiler proper, so
# that a build system's default may be followed by a project's own choice. The choice of the C library by -mfloat-abi
# counts both: no multilib has both, so the driver falls back to the one in ".", which is code for ARM mode (A32). A
# Cortex-M cannot execute it. The linker says nothing and makes veneers that change to ARM mode by BX PC; the program
# faults at the first call of the library.
#
# Expected here: "thumb/v7e-m/nofp" for soft alone, "." for hard and then soft, and ARM code in the linked program.
set -eu
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
cd "$place"
cat > t.c <<'C'
#include <string.h>
volatile char text[8] = "seven";
int start(void)
{
  return (int) strlen((const char *) text);
}
C
core="-mthumb -mcpu=cortex-m4 -mfpu=fpv4-sp-d16"
chosen() { arm-none-eabi-gcc $core "$@" -print-multi-directory; }
soft=$(chosen -mfloat-abi=soft)
twice=$(chosen -mfloat-abi=hard -mfloat-abi=soft)
arm-none-eabi-gcc $core -mfloat-abi=hard -mfloat-abi=soft -O1 -fno-builtin -nostartfiles -Wl,-e,start -Wl,--fatal-warnings \
    t.c -o t.elf
maps=$(arm-none-eabi-nm --special-syms t.elf | awk '$3 == "$a"' | wc -l)
arm-none-eabi-gcc --version | head -1
echo "soft alone: $soft; hard, then soft: $twice; stretches of ARM code in the program: $maps"
[ "$soft" = thumb/v7e-m/nofp ] && [ "$twice" = . ] && [ "$maps" -gt 0 ]
