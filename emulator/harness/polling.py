"""A run that ended while it waited for a device's register: which one, and what the register would have to read.

A second run of the program goes to the same place. There, what the register reads is changed bit by bit until the loop
is left, and what left it is then tried on a board with that register from the program's beginning: only what was seen
to let the program go on is said.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager

from emulator.annotations import NamedTuple
from emulator.board.board import Board
from emulator.devices.catalog import DeviceSpec
from emulator.harness.endless_loop import run_to_end
from emulator.harness.likeness import better_board
from emulator.harness.session import Session
from emulator.machine.machine import Machine
from emulator.machine.stop import BudgetSpent, Exited, Spinning, StopReason
from emulator.machine.story import waits_for_work
from emulator.records import replace

WINDOW = 3000
"""Instructions that are looked at."""
LONGEST_RUN = 20_000_000
"""Instructions of the longest run that is executed again; a longer one is looked at there."""
LEAST_READS = 30
"""Reads in a window that make a loop."""
WORD = 4
MOST_TRIALS = 4
"""Values that are tried from the program's beginning."""
FURTHER = 200_000
"""Instructions that such a trial may take once it reads the register: on such a board they take long."""

Again = Callable[..., AbstractContextManager[Session]]


class Poll(NamedTuple):
    """``size`` bytes at ``address`` read as ``value``, again and again, by the instructions at ``places``."""

    address: int
    size: int
    value: int
    places: frozenset[int]


class _Reads:
    """What a machine reads of devices, and of nothing; ``answers`` what they read instead at one address."""

    def __init__(self, machine: Machine) -> None:
        self._machine = machine
        self.seen: list[tuple[int, int, int, int]] = []
        self.forced: tuple[int, int, list[int]] | None = None
        self._before, self._words = machine.bus.on_device_read, machine.bus.judged_words
        machine.bus.on_device_read, machine.bus.judged_words = self.judge, None

    def judge(self, address: int, size: int, value: int) -> int:
        """See Bus.on_device_read."""
        if self._before is not None and (self._words is None or address & ~3 in self._words):
            value = self._before(address, size, value)
        if self.forced is not None and self.forced[:2] == (address, size):
            values = self.forced[2]
            value = values[0]
            values.append(values.pop(0))
        self.seen.append((self._machine.executing_pc(), address, size, value))
        return value

    def window(self) -> StopReason:
        """Run on for a window, with ``seen`` what it reads."""
        self.seen.clear()
        return self._machine.run(WINDOW, goes_on=True)


def polling_details(session: Session) -> list[str]:
    """Return sentences on the register that a bare program waits for at the end of its run; none where there is none.

    The last two are lines for a board file, where some were found that let the program go on.
    """
    again = session.again
    if again is None or session.kernel is not None:
        return []
    if waits_for_work(session.story, session.machine.registers.ipsr):
        return []
    executed = min(session.machine.engine.executed, LONGEST_RUN)
    lines: list[str] = []
    remedy: _Remedy | None = None
    candidate = 0
    for _ in range(MOST_TRIALS):
        with again() as rerun:
            found = _search(rerun.machine, executed, candidate)
            if found is None:
                break
            poll, candidate, bits = found
            lines = lines or _poll_words(rerun.machine, poll, session.board)
            if candidate < 0:
                break
            name = rerun.machine.bus.register_name(poll.address)
            words = rerun.machine.bus.register_name(poll.address, bits) or ""
        values = _candidates(poll)[candidate]
        end = _end_with(again, session.board, poll, values, executed)
        if end is not None and (remedy is None or end.is_good):
            remedy = _Remedy(poll, values, name, words, end)
        if remedy is not None and remedy.end.is_good:
            break
        candidate += 1
    return lines + (_remedy_words(remedy) if remedy is not None else [])


class _End(NamedTuple):
    """Where a trial ended: in words, and whether that is no loop of its own."""

    words: str
    is_good: bool


class _Remedy(NamedTuple):
    """What lets the program go on: the register reads ``values`` in turn. ``words`` is its name with the field's."""

    poll: Poll
    values: list[int]
    name: str | None
    words: str
    end: _End


def _search(machine: Machine, executed: int, first: int) -> tuple[Poll, int, int] | None:
    """Go to the end of the run, and try the candidates from ``first`` on until one leaves the loop there.

    Return the poll, the candidate's index, -1 where none leaves, and the bits that it changes.
    """
    machine.run(executed)
    reads = _Reads(machine)
    if not isinstance(reads.window(), BudgetSpent):
        return None
    poll = _poll(reads.seen)
    if poll is None:
        return None
    for index, values in enumerate(_candidates(poll)[first:], first):
        reads.forced = (poll.address, poll.size, list(values))
        if not isinstance(reads.window(), BudgetSpent) or not _is_in_loop(reads, poll):
            return poll, index, values[-1] ^ poll.value
    return poll, -1, 0


def _end_with(again: Again, board: Board, poll: Poll, values: list[int], executed: int) -> _End | None:
    """Run the program from its beginning on a board whose register reads ``values``; None: it does not go on."""
    with again(_with_register(board, poll, values)) as rerun:
        machine = rerun.machine
        reason = _run_past(machine, poll, executed)
        words = machine.image.symbols.describe(machine.registers.pc)
        if isinstance(reason, Exited):
            return _End("to the program's end", reason.code == 0)
        if isinstance(reason, Spinning):
            return _End(f"to {words}, which loops for ever", False)
        if not isinstance(reason, BudgetSpent):
            return None
        reads = _Reads(machine)
        if isinstance(reads.window(), BudgetSpent):
            other = _poll(reads.seen)
            if _is_in_loop(reads, poll) or (other is not None and other.address == poll.address):
                return None
        return _End(f"to {words}", True)


def _run_past(machine: Machine, poll: Poll, executed: int) -> StopReason:
    """Run until FURTHER instructions after the loop that polls was reached, which it is before ``executed``.

    How far it is there is not known: the slices that are run double.
    """
    is_there = False

    def judge(address: int, size: int, value: int) -> int:
        nonlocal is_there
        is_there = is_there or machine.executing_pc() in poll.places
        return value

    bus, size = machine.bus, FURTHER
    words, on_read = bus.judged_words, bus.on_device_read
    if on_read is None:  # else something from outside answers the reads, and all of the run is looked at
        bus.judged_words, bus.on_device_read = frozenset((poll.address & ~3,)), judge
    while not is_there and machine.engine.executed < executed:
        reason = run_to_end(machine, size)
        if not isinstance(reason, BudgetSpent):
            return reason
        size *= 2
    bus.judged_words, bus.on_device_read = words, on_read
    return run_to_end(machine, FURTHER)


def _with_register(board: Board, poll: Poll, values: list[int]) -> Board:
    """Return ``board`` with the register in front of what is there."""
    before = {} if board.overlay is None else dict(board.overlay.parameters["registers"])  # type: ignore[arg-type]
    rows = {name: row for name, row in before.items() if row["offset"] != poll.address}
    row: dict[str, object] = {"offset": poll.address, "size": poll.size, "writable": 0}
    row |= {"reset": values[0]} if len(values) == 1 else {"reads": values, "repeats": True}
    rows["polled"] = row
    return replace(board, overlay=DeviceSpec("", "registers", 0, 1 << 32, {}, {"registers": rows, "size": 1 << 32}))


# -- words -----------------------------------------------------------------------------------------------------------


def _poll_words(machine: Machine, poll: Poll, board: Board) -> list[str]:
    name = machine.bus.register_name(poll.address)
    place = machine.image.symbols.describe(min(poll.places))
    device = machine.bus.device_name(poll.address)
    of = f" of {device}" if device else ""
    unknown = f"0x{poll.address:08x}{of}, which the board {board.name} does not declare,"
    shown = f"{name} (0x{poll.address:08x})" if name else unknown
    better = "" if name else better_board(machine.image, board)
    words = f"{place} reads {shown} over and over; it is 0x{poll.value:0{2 * poll.size}x} each time."
    return [words, better] if better else [words]


def _remedy_words(remedy: _Remedy) -> list[str]:
    poll, values = remedy.poll, remedy.values
    bits = values[-1] ^ poll.value
    one = bits.bit_length() - 1 if bits & bits - 1 == 0 else -1
    field = remedy.words.partition(".")[2]
    what = f"bit {one}" if one >= 0 else f"0x{values[-1]:x}"
    named = f" ({field})" if field else ""
    how = " that changes with each read" if len(values) > 1 else " set" if values[-1] & bits else " clear"
    how = how if one >= 0 else ""
    value = f"reset = 0x{values[0]:x}" if len(values) == 1 else f"reads = [{values[0]}, {values[1]}], repeats = true"
    size = f"size = {poll.size}, " if poll.size != WORD else ""
    name = (remedy.name or f"AT_{poll.address:08x}").replace(".", "_")
    return [
        f"With {what}{named}{how} it goes on {remedy.end.words}: this was tried, with these lines of a board file.",
        "    [registers]",
        f"    {name} = {{ address = 0x{poll.address:08x}, {size}writable = 0, {value} }}",
    ]


# -- what is polled --------------------------------------------------------------------------------------------------


def _poll(seen: list[tuple[int, int, int, int]]) -> Poll | None:
    """Return what is polled, if the reads of a window are of one register that answers the same."""
    places = {(address, size, value) for _, address, size, value in seen}
    if len(seen) < LEAST_READS or len(places) != 1:
        return None
    return Poll(*places.pop(), frozenset(pc for pc, _, _, _ in seen))


def _candidates(poll: Poll) -> list[list[int]]:
    """Return what the register might read instead: one bit otherwise, all ones, zero, and both in turn."""
    ones = (1 << 8 * poll.size) - 1
    flipped = [poll.value ^ 1 << bit for bit in range(8 * poll.size)]
    others = [value for value in (ones, 0) if value not in flipped and value != poll.value]
    return [[value] for value in flipped + others] + [[poll.value, value] for value in flipped]


def _is_in_loop(reads: _Reads, poll: Poll) -> bool:
    return len(reads.seen) >= LEAST_READS and {pc for pc, _, _, _ in reads.seen} <= poll.places
