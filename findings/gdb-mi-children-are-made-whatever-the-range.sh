#!/bin/sh
# gdb-multiarch 13.1 (Debian), MI: -var-list-children makes every child of an array, however few are asked for.
#
# One would guess that "-var-list-children NAME 0 10", whose range is there to page through large arrays, looks at ten
# elements. It answers with ten, and has made a variable object of every element before: an array of a million takes
# time and memory for a million, and -var-delete of it counts them.
#
# Expected here: ten children in the answer, and 20,001 objects deleted.
set -eu
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
cd "$place"
echo 'int samples[20000]; int main(void) { return samples[7]; }' > t.c
arm-none-eabi-gcc -g -mcpu=cortex-m4 -mthumb --specs=nosys.specs t.c -o t.elf 2> /dev/null
answers=$(printf '%s\n' '-var-create v @ samples' '-var-list-children v 0 10' '-var-delete v' -gdb-exit |
    gdb-multiarch -nx -q -i=mi t.elf | tr -d '\r' | grep '^\^')
listed=$(echo "$answers" | sed -n 2p | grep -o 'child={' | wc -l)
deleted=$(echo "$answers" | sed -n 3p)
gdb-multiarch --version | head -1
echo "children in the answer: $listed; deleted: $deleted"
[ "$listed" = 10 ] && [ "$deleted" = '^done,ndeleted="20001"' ]
