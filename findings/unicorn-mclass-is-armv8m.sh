#!/bin/sh
# unicorn 2.1.4 (PyPI): UC_MODE_MCLASS makes an ARMv8-M core of a Cortex-M4.
#
# The mode's name says "the M profile", so one sets it for every Cortex-M. It replaces the model that was asked for:
# LDA, which ARMv7-M does not have, then executes on a "Cortex-M4", and programs that must end in an UNDEFINSTR
# UsageFault go on. Without the mode the chosen model is what runs, and it is an M-profile core all the same.
set -eu
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
python3 -m venv "$place/venv"
"$place/venv/bin/pip" install --quiet --disable-pip-version-check unicorn==2.1.4
"$place/venv/bin/python" - <<'PYTHON'
from unicorn import UC_ARCH_ARM, UC_MODE_MCLASS, UC_MODE_THUMB, Uc, UcError
from unicorn.arm_const import UC_ARM_REG_R0, UC_ARM_REG_R1, UC_CPU_ARM_CORTEX_M4

CODE = 0x10000


def load_acquire(mode):
    uc = Uc(UC_ARCH_ARM, mode)
    uc.ctl_set_cpu_model(UC_CPU_ARM_CORTEX_M4)
    uc.mem_map(CODE, 0x1000)
    uc.mem_write(CODE, bytes.fromhex("d0e8af1f"))  # lda r1, [r0]: ARMv8-M
    uc.reg_write(UC_ARM_REG_R0, CODE)
    try:
        uc.emu_start(CODE | 1, CODE + 4)
    except UcError as error:
        return str(error)
    return hex(uc.reg_read(UC_ARM_REG_R1))


plain, mclass = load_acquire(UC_MODE_THUMB), load_acquire(UC_MODE_THUMB | UC_MODE_MCLASS)
print("LDA on a Cortex-M4 without UC_MODE_MCLASS:", plain)
print("LDA on a Cortex-M4 with UC_MODE_MCLASS:   ", mclass)
assert "UC_ERR_INSN_INVALID" in plain and mclass == "0x1fafe8d0", "the behaviour has changed"
PYTHON
