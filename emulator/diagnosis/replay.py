"""A run that ended badly, executed again on a machine of its own, and the states on the way to its end.

The second machine is at the fault when ``at_fault`` or ``at_end`` has returned; from there it goes anywhere in the past
by emulator/timetravel. States are taken in front of blocks, which is ten times as fast as in front of instructions.
Where an exception was taken, the state that it interrupted is read from its frame, so that what a thread did is
followed through whatever interrupted it.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Collection, Generator, Iterable, Sequence

from emulator.annotations import NamedTuple, Protocol
from emulator.armv7m.core import XPSR_ALIGN
from emulator.armv7m.exception_entry import BASIC_FRAME, sp_before
from emulator.armv7m.faults import CAUSES
from emulator.bits import WORD_MASK
from emulator.disasm import Instruction, disassemble_range
from emulator.engine.block_log import LoggedBlock
from emulator.errors import GuestAccessError, InternalError
from emulator.machine.fault_record import FaultRecord
from emulator.machine.machine import Machine
from emulator.machine.notices import READ_ONLY
from emulator.machine.stop import AtFault, Breakpoint, BudgetSpent, MemoryStored, StopReason, Watchpoint
from emulator.machine.story import Story
from emulator.timetravel.approach import LONGEST_BLOCK
from emulator.timetravel.checkpoint import Position
from emulator.timetravel.traveller import INTERVAL, Traveller, Unfinished

CHECKPOINT_BYTES = 64 << 20
PIECES, LEAST_INTERVAL = 32, 20_000
"""How many checkpoints are left on the way to the end: few instructions of a run that sleeps a lot take long, too."""
FAR = 1_500
"""Instructions between two places behind which a checkpoint is left at the second."""
LOGGED = 20_000
"""Instructions whose blocks are logged at a time."""
MOST_FAULTS = 10_000
"""Faults on the way to the one that is looked for: each of them stops the second run."""
SP, LR, PC, XPSR = 13, 14, 15, 16
INVPC = CAUSES["INVPC"]
EXC_RETURN = 0xFFFF_FF80
BLOCKS_KNOWN = 4096


class Rerun(Protocol):
    """What a second run is made of: a machine in front of its first instruction, and what its personality says."""

    machine: Machine

    @property
    def story(self) -> Story | None:
        """The personality's part of a report, None for a bare program."""


class State(NamedTuple):
    """Where the run was: R0-R12, SP, LR, PC and xPSR. ``is_frame``: as the frame of an exception has it."""

    position: Position
    registers: list[int]
    is_frame: bool = False

    @property
    def pc(self) -> int:
        """The instruction that is next."""
        return self.registers[PC]

    @property
    def ipsr(self) -> int:
        """The exception whose handler executes, 0 in Thread mode."""
        return self.registers[XPSR] & 0x1FF


class Store(NamedTuple):
    """A store of ``size`` bytes to ``address``: the ``state`` in front of it and its virtual ``time``.

    ``value`` is None where it was no instruction that stored, but a kernel, a device or the host for the program.
    """

    state: State
    time: int
    address: int
    size: int
    value: int | None
    is_instruction: bool


class TooFar(Exception):
    """What was looked for is longer ago than ``limit`` instructions."""

    def __init__(self, limit: int) -> None:
        super().__init__(f"not within the last {limit:,} instructions")
        self.limit = limit


class Diverged(InternalError):
    """The second run was another one than the first: what it shows is not of the run that is reported."""


class Unseen(Exception):
    """Memory has changed since the last store that was found: it was not the last one."""


def _interrupted(position: Position, entry: list[int], frame: int, words: Sequence[int]) -> State:
    """Return the state that ``words`` at ``frame`` are of; the handler begins with the registers ``entry``."""
    sp = sp_before(frame, entry[LR], words[7])
    held = [*words[:4], *entry[4:12], words[4], sp & WORD_MASK, *words[5:7], words[7] & ~XPSR_ALIGN]
    return State(position, held, True)


class Replay:
    """The second run of what ``rerun`` describes. ``reach``: how many instructions back anything is looked for."""

    def __init__(self, rerun: Rerun, reach: int) -> None:
        self.machine = rerun.machine
        self._rerun = rerun
        interval = min(INTERVAL, max(LEAST_INTERVAL, reach // PIECES))
        self.traveller = Traveller(rerun.machine, CHECKPOINT_BYTES, interval, FAR)
        self._reach = reach
        self._log = rerun.machine.engine.block_hook.log_blocks()
        self._known: dict[tuple[int, int, bytes], list[Instruction]] = {}

    # -- to the end --------------------------------------------------------------------------------------------------

    def at_fault(self, record: FaultRecord, executed: int) -> bool:
        """Run to the fault of ``record``; answer whether it was come to, in front of the instruction.

        ``executed``: instructions of the whole first run. A fault of taking an exception is not come to so.
        """
        self.machine.stops_at_faults = True
        for _ in range(MOST_FAULTS):
            reason = self.traveller.run(executed + LONGEST_BLOCK - self.position.executed)
            if not isinstance(reason, AtFault) or reason.time > record.time:
                return False
            is_return = record.fault.cause is INVPC  # noticed at EXC_RETURN, and recorded where that was branched to
            if (reason.time, reason.fault.cause) == (record.time, record.fault.cause) and (
                is_return or reason.pc == record.pc
            ):
                return True
        return False

    def at_end(self, executed: int, on_stop: Callable[[], None] | None = None) -> bool:
        """Run until ``executed`` instructions are executed; answer whether that was come to.

        ``on_stop`` hears of each breakpoint on the way.
        """
        reason: StopReason | None = None
        while self.position.executed < executed:
            reason = self.traveller.run(executed - self.position.executed, goes_on=isinstance(reason, BudgetSpent))
            if isinstance(reason, Breakpoint) and on_stop is not None:
                on_stop()
            elif not isinstance(reason, BudgetSpent):
                break
        return self.position.executed == executed

    @property
    def story(self) -> Story | None:
        """What the personality says of where the second run is: what it has read elsewhere is not true here."""
        return self._rerun.story

    # -- states ------------------------------------------------------------------------------------------------------

    @property
    def position(self) -> Position:
        """Where the second run is."""
        return self.traveller.position

    def here(self) -> State:
        """Return the state that the machine is in."""
        regs = self.machine.registers
        return State(self.position, [*regs.r, regs.sp, regs.lr, regs.pc, regs.xpsr])

    def blocks_before(self, position: Position, count: int) -> list[State]:
        """Return the states in front of the blocks of the last ``count`` instructions, and the one at ``position``."""
        self.traveller.goto(Position(max(0, position.executed - count), 0))
        return self.walk(position)

    def steps_from(self, state: State, position: Position) -> list[State]:
        """Return the state in front of each instruction from ``state`` on, and the one at ``position``."""
        self.traveller.goto(state.position)
        return self._walk(position, [], by_steps=True)

    def walk(self, position: Position) -> list[State]:
        """Go on to ``position``; return the states in front of the blocks on the way, and the one there."""
        return list(self.states_to(position))

    def states_to(self, position: Position) -> Generator[State, None, None]:
        """Go on to ``position``; yield the states in front of the blocks on the way, and the one there.

        What an exception has interrupted is there, too. The replay is at none of the states but the last.
        """
        states = [self.here()]
        while (here := self.position) < position:
            yield from states[:-1]
            start = states[-1:]
            end = min(position, Position(here.executed + LOGGED, 0))
            states = self._logged(start.copy(), end) or self._walk(end, start, by_steps=False)
            if self.position <= here:
                raise Diverged(f"the second run has no state {position}, which the first one had")
        yield from states

    def _logged(self, states: list[State], end: Position) -> list[State] | None:
        """Add to ``states`` those up to ``end`` as the C half logs them; None, where it was, if it cannot."""
        if self._log is None:
            return None
        here, resets = self.position, self.machine.resets
        self._log.begin()
        self.traveller.advance(end)
        blocks = self._log.end()
        if blocks is None or self.machine.resets != resets or not self._add(states, blocks, end):
            self.traveller.goto(here)
            return None
        self.traveller.goto(end)
        self._note(states)
        return states

    def _add(self, states: list[State], blocks: Iterable[LoggedBlock], end: Position) -> bool:
        """Add to ``states`` those of ``blocks`` before ``end``; False where an exception between two was not seen."""
        for executed, taken, registers, frame_at, frame in blocks:
            last, position = states[-1].position, Position(executed, taken + self.machine.resets)
            if last < position < end:
                if position.turns > last.turns + 1:
                    return False
                if frame_at:
                    states.append(_interrupted(position, registers, frame_at, frame))
                states.append(State(position, registers))
        return True

    def _walk(self, position: Position, states: list[State], *, by_steps: bool) -> list[State]:
        """Add to ``states`` what is on the way to ``position``, block by block or step by step."""
        for _ in self.traveller.walk(position, by_steps=by_steps):
            self._note(states)
        self._note(states)
        return states

    def _note(self, states: list[State]) -> None:
        """Add the state here to ``states``, with what was interrupted in front of it."""
        state = self.here()
        if states and states[-1].position == state.position:
            return
        if states and state.position.turns != states[-1].position.turns and state.registers[LR] >= EXC_RETURN:
            frame = self._frame_in_memory(state)
            if frame is not None:
                states.append(frame)
        states.append(state)

    def _frame_in_memory(self, entry: State) -> State | None:
        """Return what the handler that begins with ``entry`` has interrupted, None where its frame is not there."""
        regs = self.machine.registers
        frame = regs.psp if entry.registers[LR] & 4 else regs.msp
        try:
            words = struct.unpack("<8I", self.machine.peek(frame, BASIC_FRAME))
        except GuestAccessError:
            return None
        return _interrupted(entry.position, entry.registers, frame, words)

    # -- code and memory ---------------------------------------------------------------------------------------------

    def peek(self, address: int, size: int) -> bytes | None:
        """Return memory as it is where the second run is, None where there is none."""
        try:
            return self.machine.peek(address, size)
        except GuestAccessError:
            return None

    def instructions(self, state: State, count: int) -> list[Instruction]:
        """Return the ``count`` instructions from ``state`` on, in the order of their addresses."""
        xpsr = state.registers[XPSR]
        return self.instructions_at(state.pc, count, xpsr >> 25 & 3 | xpsr >> 8 & 0xFC)

    def instructions_at(self, pc: int, count: int, it_state: int = 0) -> list[Instruction]:
        """Return the ``count`` instructions from ``pc`` on, the first of them under ``it_state``."""
        code = self.peek(pc, 4 * count) or self.peek(pc, 2 * count) or b""
        key = pc, it_state, code
        found = self._known.get(key)
        if found is None:
            found = disassemble_range(code, pc, it_state)
            if len(self._known) >= BLOCKS_KNOWN:
                self._known.clear()
            self._known[key] = found
        return found[:count]

    def last_store(self, address: int, size: int, position: Position) -> Store | None:
        """Return the last store to any of ``size`` bytes at ``address`` before ``position``, None where there is none.

        Raises TooFar where it is longer ago than is looked, and ValueError for what cannot be watched. Afterwards the
        replay is anywhere.
        """
        traveller = self.traveller
        traveller.goto(position)
        now = self.peek(address, size)
        oldest = position.executed - self._reach
        traveller.is_unwanted = lambda: self._is_before(oldest)
        try:
            found = traveller.go_to_last_write(address, size, self._look)
        except Unfinished:
            raise TooFar(self._reach) from None
        finally:
            traveller.is_unwanted = lambda: False
        if found is not None and found.state.position.executed < oldest:
            raise TooFar(self._reach)
        if found is not None and now is None:
            raise ValueError(f"nothing keeps what is stored at 0x{address:08x}")
        if found is not None and now is not None and not self._leaves(found, address, now):  # it is in front of it
            raise Unseen
        return found

    def last_ignored_store(self, address: int, size: int, position: Position) -> Store | None:
        """Return the last store to ``size`` bytes at ``address`` before ``position`` that read-only memory ignored."""
        page = self.machine.memory_page(address & -1024)
        if page is None or page[1]:
            return None
        self.traveller.goto(position)
        if not any(one.kind == READ_ONLY for one in self.machine.notices.all()):
            return None
        try:
            return self.traveller.go_to_last_write(address, size, self._look, is_ignored=True)
        except (Unfinished, ValueError):
            return None

    def last_execution(
        self, addresses: Collection[int], position: Position, is_wanted: Callable[[], bool]
    ) -> State | None:
        """Return the state in front of the last instruction at one of ``addresses`` before ``position``.

        Only where ``is_wanted()`` when the machine is there. None: there is none within what is looked. Raises
        Unfinished where the search was given up. Afterwards the replay is anywhere.
        """
        traveller, machine = self.traveller, self.machine
        traveller.goto(position)
        earliest = position.executed - self._reach
        traveller.is_unwanted = lambda: self._is_before(earliest)
        for address in addresses:
            machine.set_breakpoint(address)
        stops, machine.stops_at_faults = machine.stops_at_faults, False
        try:
            reason = traveller.run_back(lambda one: isinstance(one, Breakpoint) and is_wanted())
        finally:
            machine.engine.points.breakpoints.clear()
            machine.points_changed()
            machine.stops_at_faults = stops
            traveller.is_unwanted = lambda: False
        return self.here() if isinstance(reason, Breakpoint) else None

    def _leaves(self, store: Store, address: int, now: bytes) -> bool:
        """Whether what ``store`` stores is among the bytes ``now`` at ``address``."""
        first, end = max(address, store.address), min(address + len(now), store.address + store.size)
        self.traveller.step()
        return self.peek(first, end - first) == now[first - address : end - address]

    def _is_before(self, oldest: int) -> bool:
        return self.position.executed < oldest

    def _look(self, reason: StopReason) -> Store:
        now = self.machine.clock.now
        if isinstance(reason, Watchpoint):
            return Store(self.here(), now, reason.address, reason.size, reason.value, True)
        assert isinstance(reason, MemoryStored)
        return Store(self.here(), now, reason.address, reason.size, None, False)
