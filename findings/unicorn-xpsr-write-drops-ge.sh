#!/bin/sh
# unicorn 2.1.4 (PyPI): writing xPSR does not write APSR.GE, though reading it reads them.
#
# One would guess that reg_write(XPSR, reg_read(XPSR)) of a Cortex-M4 brings back all of it: it does for N, Z, C, V, Q, T,
# the IT bits and the exception number, and leaves GE[3:0] (bits 19:16; ARM DDI 0403, B1.4.2) as they are. A scheduler, a
# snapshot or an exception return that is made by the host this way gives a SEL in one context the flags of another.
# UC_ARM_REG_APSR_NZCVQG writes them.
set -eu
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
python3 -m venv "$place/venv"
"$place/venv/bin/pip" install --quiet --disable-pip-version-check unicorn==2.1.4
"$place/venv/bin/python" - <<'PYTHON'
from unicorn import UC_ARCH_ARM, UC_MODE_THUMB, Uc
from unicorn.arm_const import (
    UC_ARM_REG_APSR_NZCVQG, UC_ARM_REG_R0, UC_ARM_REG_R1, UC_ARM_REG_XPSR, UC_CPU_ARM_CORTEX_M4,
)

CODE = 0x10000
uc = Uc(UC_ARCH_ARM, UC_MODE_THUMB)
uc.ctl_set_cpu_model(UC_CPU_ARM_CORTEX_M4)
uc.mem_map(CODE, 0x1000)
uc.mem_write(CODE, bytes.fromhex("80fa41f0"))  # uadd8 r0, r0, r1: carries set GE
uc.reg_write(UC_ARM_REG_R0, 0xFFFFFFFF)
uc.reg_write(UC_ARM_REG_R1, 0x01010101)
uc.emu_start(CODE | 1, CODE + 4)
carried = uc.reg_read(UC_ARM_REG_XPSR)
uc.reg_write(UC_ARM_REG_XPSR, (carried & ~0x000F0000) | 0x80000000)
written = uc.reg_read(UC_ARM_REG_XPSR)
uc.reg_write(UC_ARM_REG_APSR_NZCVQG, 0x80000000)
other = uc.reg_read(UC_ARM_REG_XPSR)
print(f"after UADD8 {carried:#010x}, after writing xPSR with N and without GE {written:#010x}, APSR_NZCVQG {other:#010x}")
assert carried & 0x000F0000 == 0x000F0000
assert written & 0x800F0000 == 0x800F0000, "the behaviour has changed"
assert other & 0x800F0000 == 0x80000000
PYTHON
