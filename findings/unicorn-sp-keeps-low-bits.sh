#!/bin/sh
# unicorn 2.1.4 (PyPI): the stack pointer of a Cortex-M keeps bits 1:0.
#
# ARMv7-M has an SP whose low two bits read as zero and ignore writes (ARM DDI 0403, B1.4.1), and QEMU clears them at
# each write. Unicorn's Cortex-M4 does not, with or without UC_MODE_MCLASS: after MOV SP, R0 they are there, and the
# LDRD or exception frame that follows is misaligned where hardware's is not. Linker scripts with an odd stack top exist.
set -eu
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
python3 -m venv "$place/venv"
"$place/venv/bin/pip" install --quiet --disable-pip-version-check unicorn==2.1.4
"$place/venv/bin/python" - <<'PYTHON'
from unicorn import UC_ARCH_ARM, UC_MODE_MCLASS, UC_MODE_THUMB, Uc
from unicorn.arm_const import UC_ARM_REG_R0, UC_ARM_REG_SP, UC_CPU_ARM_CORTEX_M4

CODE = 0x10000


def stack_pointer(mode):
    uc = Uc(UC_ARCH_ARM, mode)
    uc.ctl_set_cpu_model(UC_CPU_ARM_CORTEX_M4)
    uc.mem_map(CODE, 0x1000)
    uc.mem_write(CODE, bytes.fromhex("8546"))  # mov sp, r0
    uc.reg_write(UC_ARM_REG_R0, 0x20001003)
    uc.emu_start(CODE | 1, CODE + 2)
    return uc.reg_read(UC_ARM_REG_SP)


found = [stack_pointer(mode) for mode in (UC_MODE_THUMB, UC_MODE_THUMB | UC_MODE_MCLASS)]
print("SP after mov sp, r0 with r0 = 0x20001003:", [hex(sp) for sp in found], "(hardware: 0x20001000)")
assert found == [0x20001003, 0x20001003], "the behaviour has changed"
PYTHON
