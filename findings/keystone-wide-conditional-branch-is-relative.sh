#!/bin/sh
# keystone-engine 0.9.2 (PyPI): "bne.w #0x10c" does not go to 0x10c.
#
# Keystone takes the address that code is for, and in every other Thumb branch (b, b.w, bl, cbz, the narrow bne) a number
# is the absolute target. In the wide conditional branch it is an offset from the PC: assembled at 0x102, "bne #0x10c"
# and "b.w #0x10c" go to 0x10c, and "bne.w #0x10c" to 0x212, without a word. A label works. Who generates a program
# with numbers, and widens a branch because its target is far, gets a jump into nowhere.
set -eu
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
python3 -m venv "$place/venv"
"$place/venv/bin/pip" install --quiet --disable-pip-version-check keystone-engine==0.9.2 capstone==5.0.6
"$place/venv/bin/python" - <<'PYTHON'
from capstone import CS_ARCH_ARM, CS_MODE_MCLASS, CS_MODE_THUMB, Cs
from keystone import KS_ARCH_ARM, KS_MODE_THUMB, Ks

AT = 0x102
assembler, disassembler = Ks(KS_ARCH_ARM, KS_MODE_THUMB), Cs(CS_ARCH_ARM, CS_MODE_THUMB | CS_MODE_MCLASS)


def target(line):
    code = bytes(assembler.asm(line, AT)[0])
    return next(disassembler.disasm(code, AT)).op_str.rpartition("#")[2]


found = {line: target(line) for line in ("b #0x10c", "b.w #0x10c", "bl #0x10c", "bne #0x10c", "bne.w #0x10c")}
found["bne.w label"] = target("bne.w label; nop; nop; label: nop")
for line, place in found.items():
    print(f"{line:14} at {AT:#x} goes to {place}")
expected = ["0x10c"] * 4 + ["0x212", "0x10a"]
assert list(found.values()) == expected, "the behaviour has changed"
PYTHON
