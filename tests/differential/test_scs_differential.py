"""Programs that visit every register of the System Control Space, by words and by less: the same here and on QEMU."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.arm_gcc import MACHINES, build_bare
from support.known_differences import DifferenceCount
from support.ours import run_ours
from support.qemu import run_qemu

SWEEP = Path(__file__).parent / "scs_sweep.c"
NARROW = Path(__file__).parent / "scs_narrow.c"

KNOWN = {
    range(0xE000_E008, 0xE000_E00C): "Q-23",  # ACTLR
    range(0xE000_ED04, 0xE000_ED08): "Q-24",  # ICSR: the sweep runs with FAULTMASK set
    range(0xE000_ED10, 0xE000_ED14): "Q-07",  # SCR
    range(0xE000_ED50, 0xE000_ED74): "Q-11",  # ID_MMFR, ID_ISAR
    range(0xE000_ED14, 0xE000_ED18): "Q-21",  # CCR
    range(0xE000_ED78, 0xE000_ED88): "Q-21",  # CLIDR, CTR, CCSIDR, CSSELR
    range(0xE000_EDF0, 0xE000_EE00): "Q-20",  # DHCSR, DCRSR, DCRDR, DEMCR
    range(0xE000_EFD0, 0xE000_F000): "Q-22",  # component identification
}
EXPECTED_IDS = {
    "m3": {"Q-07", "Q-20", "Q-21", "Q-22", "Q-23", "Q-24"},
    "m4f": {"Q-07", "Q-11", "Q-20", "Q-21", "Q-22", "Q-23", "Q-24"},
    "m7": {"Q-07", "Q-20", "Q-21", "Q-22", "Q-23", "Q-24"},
}


def words(lines: list[str]) -> dict[int, str]:
    """Return what each register read, by address; registers that only ever read zero are not in it."""
    return {int(line[:8], 16): line[9:] for line in lines}


@pytest.mark.parametrize("core", MACHINES)
def test_row_33_and_34_every_register_reads_as_on_qemu_after_four_different_writes(core: str) -> None:
    elf = build_bare([SWEEP], core)
    here, there = run_ours(elf, MACHINES[core]), run_qemu(elf, MACHINES[core])
    assert here.exit_code == 0, here.detail
    assert there.exit_code == 0, there.detail
    ours, theirs = words(here.lines), words(there.lines)
    assert len(ours) > 40
    count = DifferenceCount()
    for address in sorted(ours.keys() | theirs.keys()):
        if ours.get(address) == theirs.get(address):
            continue
        known = next((entry for addresses, entry in KNOWN.items() if address in addresses), None)
        assert known, f"{address:#010x}: here {ours.get(address)}, QEMU {theirs.get(address)}"
        count.meet(known)
    assert set(count.met) == EXPECTED_IDS[core], count.summary()


KNOWN_NARROW = {
    range(0xE000_E010, 0xE000_E0F0): "Q-35",  # SysTick
    range(0xE000_ED50, 0xE000_ED74): "Q-11",  # the words themselves differ, and so does an unaligned load
    range(0xE000_EFD0, 0xE000_F000): "Q-22",
}


@pytest.mark.parametrize("core", MACHINES)
def test_row_33_bytes_and_halfwords_of_every_register_read_and_write_as_on_qemu(core: str) -> None:
    elf = build_bare([NARROW], core)
    here, there = run_ours(elf, MACHINES[core]), run_qemu(elf, MACHINES[core])
    assert here.exit_code == there.exit_code == 0, here.detail + there.detail
    ours, theirs = words(here.lines), words(there.lines)
    assert {0xE000_E400, 0xE000_ED18} <= ours.keys() & theirs.keys(), "priorities can be written by bytes"
    count = DifferenceCount()
    for address in sorted(ours.keys() | theirs.keys()):
        if ours.get(address) == theirs.get(address):
            continue
        known = next((entry for addresses, entry in KNOWN_NARROW.items() if address in addresses), None)
        assert known, f"{address:#010x}: here {ours.get(address)}, QEMU {theirs.get(address)}"
        count.meet(known)
    assert {"Q-22", "Q-35"} <= set(count.met) <= {*KNOWN_NARROW.values()}, count.summary()
