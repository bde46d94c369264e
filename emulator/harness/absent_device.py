"""A run that ended at a device or memory which its board does not have: what lets it go on.

A board with zeros or memory in that place, or with a larger RAM, is tried from the program's beginning: only what was
seen to let it go on is said.
"""

from __future__ import annotations

from emulator.annotations import NamedTuple
from emulator.armv7m.faults import Access
from emulator.armv7m.memory_map import PERIPHERALS
from emulator.board.board import Board, MemorySpec
from emulator.devices.catalog import DeviceSpec
from emulator.errors import ConfigError
from emulator.harness.endless_loop import run_to_end
from emulator.harness.image_needs import MOST_TIMES
from emulator.harness.likeness import better_board
from emulator.harness.session import Session
from emulator.machine.fault_record import FaultRecord
from emulator.machine.machine import Machine
from emulator.machine.stop import BudgetSpent, Exited
from emulator.records import replace

BLOCK = 0x400
"""What is asked for around the address: parts have their peripherals at multiples of it, most of them of this size."""
LONGEST_RUN = 20_000_000
"""Instructions of the longest run that is tried again."""
EXTERNAL = range(0x6000_0000, 0xE000_0000)
"""Where parts have memory and displays that are outside of them. [B3.1]"""
EXTERNAL_BLOCK = 1 << 24
"""Bytes of such a memory that are worth a try."""
RAM_STEP = 1 << 14
"""Bytes that the sizes of larger RAMs are multiples of."""
FURTHER = 20_000
"""Instructions that a trial may go on for."""


class _Trial(NamedTuple):
    """A board with something at the place, what was added in words, and the lines of a board file that add it."""

    board: Board
    with_it: str
    lines: tuple[str, ...] = ()


def absent_details(session: Session, record: FaultRecord) -> list[str]:
    """Return sentences on the absent device or memory that ``record`` is about: the board that it may be of, and what
    lets the program go on: zeros, memory, or a larger RAM. The last lines are for a board file, if it takes some.

    Empty where the record is about something else, where nothing can be put there, or nothing is won by it.
    """
    again, address = session.again, record.fault.address
    machine, executed = session.machine, min(session.machine.engine.executed, record.time)
    if again is None or address is None or executed > LONGEST_RUN or not _is_absent(machine, record, address):
        return []
    better = better_board(machine.image, session.board)
    lines = [better] if better else []
    try:
        trial = _trial(session.board, address)
    except ConfigError:
        return lines  # something else is in the way
    if trial is None:
        return lines
    with again(trial.board) as rerun:
        words = _end_of(rerun.machine, record, executed)
    if not words:
        return lines
    from_file = ", with these lines of a board file" if trial.lines else ""
    return [*lines, f"With {trial.with_it} it goes on {words}: this was tried{from_file}.", *trial.lines]


def _trial(board: Board, address: int) -> _Trial | None:
    """Return what is worth a try at ``address``, None where parts have nothing. Raises ConfigError."""
    if address in PERIPHERALS:
        base = address & -BLOCK
        block = DeviceSpec("absent", "unimplemented", base, BLOCK)
        if any(_overlap(block, device) for device in board.devices):
            return None
        lines = ("    [unimplemented]", f"    AT_{base:08x} = {{ address = 0x{base:08x}, size = 0x{BLOCK:x} }}")
        return _Trial(replace(board, devices=(*board.devices, block)), "zeros there", lines)
    if address in EXTERNAL:
        base = address & -EXTERNAL_BLOCK
        memory = MemorySpec("external", base, EXTERNAL_BLOCK, is_ram=True)
        name, place = '    name = "external"', f"    address = 0x{base:08x}"
        size_line = f"    size = 0x{memory.size:x}"
        return _Trial(
            replace(board, memories=(*board.memories, memory)),
            "memory there",
            ("    [[memory]]", name, place, size_line),
        )
    for memory in board.memories:
        most = range(memory.address + memory.size, memory.address + MOST_TIMES * memory.size)
        if memory.option == "ram" and address in most:
            size = (address - memory.address) // RAM_STEP * RAM_STEP + RAM_STEP
            return _Trial(board.resized("ram", size), f"--ram {size >> 10}K")
    return None


def _is_absent(machine: Machine, record: FaultRecord, address: int) -> bool:
    fault = record.fault
    is_data = fault.cause.name in ("PRECISERR", "IMPRECISERR") and fault.access is not Access.FETCH
    return is_data and machine.bus.device_name(address) is None


def _overlap(one: DeviceSpec, other: DeviceSpec) -> bool:
    return one.address < other.address + other.size and other.address < one.address + one.size


def _end_of(machine: Machine, record: FaultRecord, executed: int) -> str:
    """Run the program FURTHER than to the fault, at ``executed``; return where it is, '' where it has not gone on."""
    reason = run_to_end(machine, executed + FURTHER)
    place = machine.image.symbols.describe(machine.registers.pc)
    last = machine.first_fault
    if isinstance(reason, Exited):
        return "to the program's end"
    if last is None:
        return f"to {place}" if isinstance(reason, BudgetSpent) else ""
    if last.pc == record.pc or last.time <= record.time:
        return ""
    where, address = machine.image.symbols.describe(last.pc), last.fault.address
    if address is not None and _is_absent(machine, last, address):
        return f"to {where}, which wants 0x{address:08x}, where there is nothing either"
    return f"to {where}, which faults"
