"""The same reads and writes on QEMU's device models and on ours: registers, interrupts, reset values, identification.

Time stands still on both sides, so this is about what registers hold and which interrupts they raise. What is compared
are whole devices with random values; the offsets where ours are meant to differ are listed with the reason.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import NamedTuple

import pytest
from support.devices import DeviceBench
from support.qtest import QtestMachine

from emulator.board.board import Board
from emulator.board.board_file import load_board
from emulator.devices.catalog import NMI

NVIC_ISPR = 0xE000_E200
NVIC_ICPR = 0xE000_E280
ICSR = 0xE000_ED04
WRITES = 150
IDENTIFICATION = range(0xFD0, 0x1000, 4)


class Traits(NamedTuple):
    """What to try on one type of device: the offsets, and which bits of a value are written to some of them.

    ``first`` is written before anything is compared; ``always`` are bits that every value for an offset has. Offsets
    that are not here are not compared.
    """

    offsets: Sequence[int]
    masks: dict[int, int] = {}
    always: dict[int, int] = {}
    first: dict[int, int] = {}


LONG = 0x4000
"""QEMU slows a timer with a short period down, and its count is another one then."""

TRAITS = {
    # A byte that is written while TX_EN is clear is sent here when it is set, and never on QEMU: so it stays set.
    "cmsdk-uart": Traits((0x00, 0x04, 0x08, 0x0C, 0x10), always={0x08: 1}, first={0x08: 1}),
    "cmsdk-timer": Traits((0x00, 0x04, 0x08, 0x0C), {0x00: 0xF}, {0x04: LONG, 0x08: LONG}),
    # QEMU rescales the count of a running timer when its prescaler and its size change together.
    "cmsdk-dual-timer": Traits(
        (*range(0, 0x1C, 4), *range(0x20, 0x3C, 4), 0xF00, 0xF04),
        {0x08: 0xF3, 0x28: 0xF3},
        dict.fromkeys((0x00, 0x18, 0x20, 0x38), LONG),
    ),
    "cmsdk-watchdog": Traits((0x00, 0x04, 0x08, 0x0C, 0x10, 0x14, 0xF00, 0xF04), {0x08: 1, 0xF04: 2}, {0x00: LONG}),
    "mps2-fpgaio": Traits((0x00, 0x08, 0x10, 0x14, 0x18, 0x1C, 0x20, 0x4C)),
    "mps2-scc": Traits((0x00, 0x04, 0x0C, 0x10, 0xA0, 0xA4, 0xA8, 0xAC, 0x100, 0xFF8, 0xFFC), {0xA8: 0xC013_0003}),
    "pl011": Traits((0x00, 0x04, 0x18, 0x20, 0x24, 0x28, 0x2C, 0x30, 0x34, 0x38, 0x3C, 0x40, 0x44, 0x48), {0x48: 0}),
    # QEMU does not know how long a word is before SSPCR0 is written.
    "pl022": Traits((0x00, 0x04, 0x08, 0x0C, 0x10, 0x14, 0x18, 0x1C, 0x20), {0x04: 0x3, 0x14: 0xF}, {}, {0x00: 7}),
    # GPIOLOCK, GPIOCR and with it GPIOAFSEL: QEMU has another key.
    "pl061": Traits((0x3FC, 0x0F0, *range(0x400, 0x420, 4), *range(0x500, 0x520, 4), 0x528)),
    # Leaving the bypass locks the PLL here and not on QEMU.
    "stellaris-sysctl": Traits(
        (
            *range(0x00, 0x20, 4),
            *(0x30, 0x34, 0x40, 0x54, 0x58, 0x5C, 0x60, 0x64, 0x70, 0x100, 0x104, 0x118, 0x120, 0x150, 0x160),
            *(0x1E0, 0x1E4),
        ),
        always={0x60: 1 << 11, 0x70: 1 << 11},
    ),
}
BOARDS = ("mps2-an385", "mps2-an386", "mps2-an500", "lm3s6965evb")


class Ours:
    """A board's devices, with the interrupts that have become pending."""

    def __init__(self, board: Board) -> None:
        self.bench = DeviceBench(board.frequency)
        self.devices = self.bench.make_board(board)

    def pending(self) -> int:
        """The interrupts that are pending, as NVIC_ISPR shows them once they were cleared and only levels count."""
        return sum(1 << irq for irq, level in self.bench.irqs.items() if level)


def qemu_levels(qemu: QtestMachine) -> int:
    """Return the levels of QEMU's interrupt lines: what is still pending after it was cleared."""
    pending = 0
    for word in range(2):
        qemu.write(NVIC_ICPR + 4 * word, 0xFFFF_FFFF)
        pending |= qemu.read(NVIC_ISPR + 4 * word) << 32 * word
    return pending


@pytest.mark.parametrize("board_name", BOARDS)
def test_devices_hold_and_raise_what_qemus_do(board_name: str) -> None:
    board = load_board(board_name)
    ours, chance = Ours(board), random.Random(f"{board_name} devices")
    seen = set()
    with QtestMachine(board_name) as qemu:
        for spec in board.devices:
            traits = TRAITS.get(spec.type)
            if traits is None or (spec.type in seen and board_name != "mps2-an386"):
                continue
            seen.add(spec.type)
            device = ours.devices[spec.name]
            for offset in (*traits.offsets, *IDENTIFICATION):
                assert device.read(offset, 4) == qemu.read(spec.address + offset), f"{spec.name} 0x{offset:x} at reset"
            writes = [*traits.first.items()]
            for _ in range(WRITES):
                offset = chance.choice(traits.offsets)
                value = chance.getrandbits(32) & chance.choice((0xFFFF_FFFF, 0xFF, 0x3))
                writes.append((offset, value & traits.masks.get(offset, 0xFFFF_FFFF) | traits.always.get(offset, 0)))
            for number, (offset, value) in enumerate(writes):
                qemu.write(spec.address + offset, value)
                device.write(offset, 4, value)
                mine = {look: device.read(look, 4) for look in traits.offsets}
                theirs = {look: qemu.read(spec.address + look) for look in traits.offsets}
                before = " ".join(f"0x{at:x}={word:x}" for at, word in writes[max(0, number - 11) : number + 1])
                assert mine == theirs, f"{spec.name} after {before}"
                assert ours.pending() == qemu_levels(qemu), f"{spec.name}: interrupts after {before}"
                assert ours.bench.nmi == bool(qemu.read(ICSR) >> 31 & 1) or not ours.bench.nmi, before
    assert seen


@pytest.mark.parametrize("board_name", BOARDS)
def test_what_is_unimplemented_reads_as_zero_on_both(board_name: str) -> None:
    board, chance = load_board(board_name), random.Random(1)
    ours = Ours(board)
    with QtestMachine(board_name) as qemu:
        for spec in board.devices:
            if spec.type == "unimplemented" and not spec.name.startswith("i2c-"):  # QEMU models those, unconnected
                offset = chance.randrange(0, spec.size, 4)
                qemu.write(spec.address + offset, 0xFFFF_FFFF)
                ours.devices[spec.name].write(offset, 4, 0xFFFF_FFFF)
                assert qemu.read(spec.address + offset) == 0 == ours.devices[spec.name].read(offset, 4)


@pytest.mark.parametrize("board_name", BOARDS)
def test_memory_and_its_aliases_are_where_qemu_has_them(board_name: str) -> None:
    board = load_board(board_name)
    with QtestMachine(board_name) as qemu:
        for memory in board.memories:
            last = memory.size - 4
            if not memory.is_ram:
                qemu.write(memory.address + last, 0x1234_5678)
                assert qemu.read(memory.address + last) == 0
                continue
            for alias in (memory.address, *memory.aliases):
                qemu.write(memory.address + last, alias | 1)
                assert qemu.read(alias + last) == alias | 1


def test_the_interrupt_numbers_of_a_board_are_within_its_core() -> None:
    for name in BOARDS:
        board = load_board(name)
        assert all(NMI <= irq < board.core.irq_count for device in board.devices for irq in device.irqs.values())
