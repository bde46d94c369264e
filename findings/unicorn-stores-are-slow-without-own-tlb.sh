#!/bin/sh
# unicorn 2.1.4 (PyPI): on a Cortex-M every store to RAM takes several times as long as a load, though the RAM is mapped
# readable and writable only and there is no hook; with a TLB of one's own (UC_TLB_VIRTUAL) that answers with the same
# rights the two cost about the same.
#
# Without an MPU the Cortex-M's default memory map lets code be executed in SRAM, so the TLB's entry of such a page is
# executable, whatever mem_map() was told. An executable page takes the slow path on each store, which looks for
# translated code in it; a TLB of one's own that answers with all rights has the same stores. Seen: 15 times a load by
# default and with all rights, as long as a load with a TLB that leaves out the right to execute.
set -eu
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
python3 -m venv "$place/venv"
"$place/venv/bin/pip" install --quiet --disable-pip-version-check unicorn==2.1.4
"$place/venv/bin/python" - <<'PYTHON'
import time

from unicorn import UC_ARCH_ARM, UC_HOOK_TLB_FILL, UC_MODE_MCLASS, UC_MODE_THUMB, Uc
from unicorn.arm_const import UC_ARM_REG_R0, UC_ARM_REG_R1, UC_CPU_ARM_CORTEX_M4
from unicorn.unicorn_const import UC_PROT_ALL, UC_PROT_EXEC, UC_PROT_READ, UC_PROT_WRITE, UC_TLB_VIRTUAL

CODE, DATA = UC_PROT_READ | UC_PROT_EXEC, UC_PROT_READ | UC_PROT_WRITE
RAM = 0x20000000
LDR, STR = bytes.fromhex("0268"), bytes.fromhex("0260")  # ldr r2, [r0]; str r2, [r0]


def seconds(instruction, rights):
    """The least processor time of five runs of 1.6 million such instructions; ``rights`` of an own TLB, None without."""
    uc = Uc(UC_ARCH_ARM, UC_MODE_THUMB | UC_MODE_MCLASS)
    uc.ctl_set_cpu_model(UC_CPU_ARM_CORTEX_M4)
    uc.mem_map(0, 0x1000, CODE)
    uc.mem_map(RAM, 0x1000, DATA)
    if rights is not None:

        def fill(uc, address, access, entry, data):
            entry.paddr, entry.perms = address, CODE if address < 0x1000 else rights
            return True

        uc.ctl_set_tlb_mode(UC_TLB_VIRTUAL)
        uc.hook_add(UC_HOOK_TLB_FILL, fill)
    loop = instruction * 16 + bytes.fromhex("0139 edd1")  # subs r1, #1; bne
    uc.mem_write(0, loop)
    taken = []
    for _ in range(5):
        uc.reg_write(UC_ARM_REG_R0, RAM)
        uc.reg_write(UC_ARM_REG_R1, 100_000)
        start = time.process_time()
        uc.emu_start(1, len(loop))
        taken.append(time.process_time() - start)
        assert uc.reg_read(UC_ARM_REG_R1) == 0
    return min(taken)


default, all_rights, no_execute = (seconds(STR, one) / seconds(LDR, one) for one in (None, UC_PROT_ALL, DATA))
print(f"a store, in loads: {default:.1f} by default; with a TLB of one's own {all_rights:.1f}, {no_execute:.1f} without X")
assert default > 4 and all_rights > 4 and no_execute < 3, "the behaviour has changed"
PYTHON
