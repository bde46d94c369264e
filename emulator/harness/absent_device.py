"""A run that ended at a peripheral which its board does not have: the lines of a board file that let it go on.

A board with zeros in that place is tried from the program's beginning: only what was seen to let it go on is said.
"""

from __future__ import annotations

from emulator.armv7m.faults import Access
from emulator.devices.catalog import DeviceSpec
from emulator.harness.endless_loop import run_to_end
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
FURTHER = 20_000
"""Instructions that a trial may go on for."""


def absent_details(session: Session, record: FaultRecord) -> list[str]:
    """Return sentences on the absent peripheral that ``record`` is about: the board that it may be of, and what lets
    the program go on, the last two of them lines for a board file.

    ``record`` is of an access to where parts have peripherals. Empty where it is about something else, where the place
    cannot be given to a device, or nothing is won by it.
    """
    again, address = session.again, record.fault.address
    machine, executed = session.machine, session.machine.engine.executed
    if again is None or address is None or executed > LONGEST_RUN or not _is_absent(machine, record, address):
        return []
    base = address & -BLOCK
    better = better_board(machine.image, session.board)
    block = DeviceSpec("absent", "unimplemented", base, BLOCK)
    if any(_overlap(block, device) for device in session.board.devices):
        return [better] if better else []
    with again(replace(session.board, devices=(*session.board.devices, block))) as rerun:
        words = _end_of(rerun.machine, record, executed)
    lines = [better] if better else []
    if not words:
        return lines
    return [
        *lines,
        f"With zeros there it goes on {words}: this was tried, with these lines of a board file.",
        "    [unimplemented]",
        f"    AT_{base:08x} = {{ address = 0x{base:08x}, size = 0x{BLOCK:x} }}",
    ]


def _is_absent(machine: Machine, record: FaultRecord, address: int) -> bool:
    fault = record.fault
    is_data = fault.cause.name in ("PRECISERR", "IMPRECISERR") and fault.access is not Access.FETCH
    return is_data and machine.bus.device_name(address) is None


def _overlap(one: DeviceSpec, other: DeviceSpec) -> bool:
    return one.address < other.address + other.size and other.address < one.address + one.size


def _end_of(machine: Machine, record: FaultRecord, executed: int) -> str:
    """Run the program as far as the first run went and FURTHER; return where it is, '' where it has not gone on.

    ``executed`` is of the end of that run: what its handler did is a part of it, and is left out.
    """
    reason = run_to_end(machine, min(executed, record.time) + FURTHER)
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
