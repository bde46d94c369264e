"""Instructions that a core does not have are UNDEFINED here; QEMU has some of them on every core."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.arm_gcc import MACHINES, build_bare
from support.known_differences import KNOWN_DIFFERENCES
from support.ours import run_ours
from support.qemu import run_qemu

DSP = {"sadd16", "qadd", "pkhbt", "smulbb", "umaal", "smlad", "usad8", "ssat16"}
NOWHERE = {"lda", "ldrexd", "setend", "vld1", "vst1"}
QEMU_HAS = {"smlad", "usad8", "ssat16", "ldrexd", "setend"}
"""What QEMU executes on cores that lack it: Q-38."""


def executed(lines: list[str]) -> set[str]:
    """Return the names of those that did not raise UNDEFINSTR."""
    assert all("cfsr=00010000" in line for line in lines if "faults" in line)
    return {line.split()[0] for line in lines if "faults" not in line}


@pytest.mark.parametrize("core", MACHINES)
def test_what_a_core_lacks_is_undefined_and_qemu_differs_as_listed(core: str) -> None:
    elf = build_bare([Path(__file__).parent / "absent_instructions.c"], core)
    here, there = run_ours(elf, MACHINES[core]), run_qemu(elf, MACHINES[core])
    assert here.exit_code == there.exit_code == 0
    assert len(here.lines) == len(there.lines) == len(DSP | NOWHERE)
    ours, qemus = executed(here.lines), executed(there.lines)
    assert ours == (set() if core == "m3" else DSP)
    assert qemus - ours == QEMU_HAS - ours and ours <= qemus
    assert "Q-38" in KNOWN_DIFFERENCES
