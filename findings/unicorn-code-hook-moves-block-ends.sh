#!/bin/sh
# unicorn 2.1.4 (PyPI): where a translated block ends depends on which hooks are there.
#
# One would guess that UC_HOOK_BLOCK reports the same blocks with and without a UC_HOOK_CODE: both look at the same
# straight code. A hook on instructions adds operations to each translation, the engine's buffer is full sooner, and the
# block ends earlier. Whoever counts, stops or samples at block boundaries sees other boundaries under observation.
#
# Expected here: 480 narrow instructions without a branch are 726 + 234 bytes unhooked, 400 + 400 + 160 bytes hooked.
set -eu
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
python3 -m venv "$place/venv"
"$place/venv/bin/pip" install --quiet --disable-pip-version-check unicorn==2.1.4
"$place/venv/bin/python" - <<'PYTHON'
from unicorn import UC_ARCH_ARM, UC_HOOK_BLOCK, UC_HOOK_CODE, UC_MODE_THUMB, Uc
from unicorn.arm_const import UC_CPU_ARM_CORTEX_M4

CODE, COUNT = 0x10000, 480


def block_sizes(hooked):
    uc = Uc(UC_ARCH_ARM, UC_MODE_THUMB)
    uc.ctl_set_cpu_model(UC_CPU_ARM_CORTEX_M4)
    uc.mem_map(CODE, 0x1000)
    uc.mem_write(CODE, bytes.fromhex("0130") * COUNT)  # adds r0, #1
    sizes = []
    uc.hook_add(UC_HOOK_BLOCK, lambda uc, address, size, data: sizes.append(size))
    if hooked:
        uc.hook_add(UC_HOOK_CODE, lambda uc, address, size, data: None)
    uc.emu_start(CODE | 1, CODE + 2 * COUNT)
    return sizes


plain, hooked = block_sizes(False), block_sizes(True)
print("without a code hook:", plain)
print("with a code hook:   ", hooked)
assert sum(plain) == sum(hooked) == 2 * COUNT
assert (plain, hooked) == ([726, 234], [400, 400, 160]), "the behaviour has changed"
PYTHON
