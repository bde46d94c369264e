#!/bin/sh
# GNU ld 2.40 with gdb-multiarch 13.1 and addr2line 2.40 (Debian): a function that is not in the image names code of it.
#
# One would guess that the debug information of a function that --gc-sections dropped is of no more use, and of no harm.
# GNU ld leaves it in, with its address relocated to 0, which elsewhere is no code. A microcontroller's flash begins at
# 0: there the lines and the name of the dropped function are taken for those of whatever the linker has put at the
# lowest addresses, as far as the dropped one was long, when its unit has a kept function there, too. Breakpoints say the
# wrong file and line, without a warning; the symbol table knows better ("info symbol").
#
# Expected here: used() is at 4, behind helper(). Lines of c.c's dropped() are given for it; in the other order of the
# files, where the unit with dropped() is not at 0, the lines are those of used().
set -eu
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
cd "$place"
cat > c.c <<'C'
int dropped(int x)
{
  for (int i = 0; i < x; i++)
    x += i * x;
  for (int i = 0; i < x; i++)
    x ^= i << 3;
  return x;
}
int helper(int x)
{
  return x - 5;
}
C
cat > a.c <<'C'
int helper(int x);
int used(int x)
{
  return x * 3 + 1;
}
int start(void)
{
  return used(helper(4));
}
C
seen() {
    arm-none-eabi-gcc -g -O1 -fno-inline -mcpu=cortex-m4 -mthumb -nostdlib -ffunction-sections -Wl,--gc-sections \
        -Wl,-Ttext=0 -Wl,-e,start "$@" -o t.elf
    address=0x$(arm-none-eabi-nm t.elf | awk '$3 == "used" { print $1 }')
    gdb-multiarch -nx -q -batch t.elf -ex "info symbol $address" -ex "info line *$address"
    arm-none-eabi-addr2line -f -e t.elf "$address"
}
wrong=$(seen c.c a.c)
right=$(seen a.c c.c)
printf '%s\n--\n%s\n' "$wrong" "$right"
echo "$wrong" | grep -q '^used in section .text' && echo "$wrong" | grep -q '^Line 3 of "c.c" starts at address 0x4'
echo "$wrong" | grep -q '^dropped$'
echo "$right" | grep -q '^Line [34] of "a.c" starts at address' && echo "$right" | grep -q '^used$'
