#!/bin/sh
# gdb-multiarch 13.1 (Debian): a bare ARM image is taken for a GNU/Linux program, and bt ends below 0x8000.
#
# One would guess that a backtrace of code without call frame information does not depend on where it is linked. An ELF
# of arm-none-eabi-gcc names no operating system, so GDB uses the one that it was configured for, and as on Linux no
# caller is looked for from a PC below 0x8000: a microcontroller's flash at 0. There is no warning: the first frame just
# seems to be the outermost. "set osabi none" helps; a remote target can say <osabi>none</osabi> in its description.
#
# Expected here: the same code linked at 0x100 and at 0x10100, with a stub that has nothing but registers and memory: one
# frame at the low address, two at the high one and with "set osabi none".
set -eu
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
cat > "$place/stub.py" <<'PYTHON'
"""A stub of GDB's remote protocol that has registers and an image, and can do nothing else."""
import sys

pc, lr = (int(word, 16) for word in sys.argv[1:3])
image, base = open(sys.argv[3], "rb").read(), int(sys.argv[4], 16)
words = [0] * 13 + [0x20001000, lr | 1, pc] + [0x01000000]
names = [*(f"r{n}" for n in range(13)), "sp", "lr", "pc", "xpsr"]
rows = "".join(f'<reg name="{name}" bitsize="32"/>' for name in names)
target = f'l<?xml version="1.0"?><!DOCTYPE target SYSTEM "gdb-target.dtd"><target><architecture>armv7e-m</architecture>' \
         f'<feature name="org.gnu.gdb.arm.m-profile">{rows}</feature></target>'


def answer(packet):
    if packet.startswith("qSupported"):
        return "PacketSize=4000;qXfer:features:read+"
    if packet.startswith("qXfer:features:read:target.xml"):
        return target
    if packet == "?":
        return "S05"
    if packet == "g":
        return "".join(word.to_bytes(4, "little").hex() for word in words)
    if packet.startswith("m"):
        address, size = (int(part, 16) for part in packet[1:].split(","))
        piece = image[address - base : address - base + size] if base <= address < base + len(image) else b""
        return piece.hex() if piece else "E01"
    return "OK" if packet[:1] in "HD" else ""


buffer = b""
while data := sys.stdin.buffer.raw.read(4096):
    buffer += data
    while b"#" in buffer and len(buffer.partition(b"#")[2]) >= 2:
        body, _, buffer = buffer.partition(b"#")
        buffer = buffer[2:]
        reply = answer(body.partition(b"$")[2].decode("latin-1"))
        sys.stdout.write(f"+${reply}#{sum(reply.encode()) & 0xFF:02x}")
        sys.stdout.flush()
PYTHON
cat > "$place/code.s" <<'ASSEMBLY'
    .syntax unified
    .thumb
    .text
    .global caller, leaf
    .type caller, %function
    .thumb_func
caller:
    push {r4, lr}
    bl leaf
after:
    pop {r4, pc}
    .type leaf, %function
    .thumb_func
leaf:
    svc 1
stopped:
    bx lr
    .space 32
ASSEMBLY
frames() {
    arm-none-eabi-gcc -mcpu=cortex-m4 -mthumb -nostdlib -Wl,-Ttext="$1" -Wl,-e,caller "$place/code.s" -o "$place/a.elf"
    arm-none-eabi-objcopy -O binary -j .text "$place/a.elf" "$place/a.bin"
    symbol() { arm-none-eabi-nm "$place/a.elf" | awk -v name="$1" 'tolower($2) == "t" && $3 == name { print $1 }'; }
    stub="python3 $place/stub.py $(symbol stopped) $(symbol after) $place/a.bin $1"
    gdb-multiarch -nx -q -batch "$place/a.elf" -ex "$2" -ex "target remote | $stub" -ex bt 2>&1 | grep -c '^#' || true
}
low=$(frames 0x100 "set osabi auto")
high=$(frames 0x10100 "set osabi auto")
none=$(frames 0x100 "set osabi none")
echo "frames at 0x100: $low, at 0x10100: $high, at 0x100 with osabi none: $none"
test "$low" = 1 && test "$high" -ge 2 && test "$none" -ge 2
