"""Monitor commands about time: where the run is, other times, and who did something when."""

from __future__ import annotations

from collections.abc import Iterable

from emulator.annotations import TYPE_CHECKING
from emulator.debugger.debugger import Debugger
from emulator.gdb.monitor import Command, Monitor, WrongUse, address_of, number_of
from emulator.gdb.session import Session as GdbSession
from emulator.harness.session import Session
from emulator.machine.stop import Interrupted, StopReason, Watchpoint
from emulator.timetravel.traveller import Beginning, Traveller, Unfinished

if TYPE_CHECKING:
    from rtems_shim.core.kernel import Kernel

RELOAD = 'GDB still shows where it was before; "maintenance flush register-cache" lets it look again (v7m goto does)'

LATEST_CHANGES = 3
"""Changes by the debugger that are listed, the latest ones."""
TIME_COMMANDS = ("when", "goto", "checkpoint", "checkpoints", "last-write")


def add_time_commands(monitor: Monitor, session: Session, debugger: Debugger, traveller: Traveller) -> None:
    """Let ``monitor`` have them. Those that take long end when the client asks for it, or is gone."""
    monitor.add(Command("when", "", "where the run is, and how far it was",
                        lambda gdb, words: _when(traveller)))  # fmt: skip
    monitor.add(Command("goto", "TIME|start|end|#N", "go to a time (instructions since reset), forward or back",
                        lambda gdb, words: _goto(gdb, debugger, traveller, words)))  # fmt: skip
    monitor.add(Command("checkpoint", "", "remember where the run is; monitor goto #N returns",
                        lambda gdb, words: _mark(traveller)))  # fmt: skip
    monitor.add(Command("checkpoints", "", "what was remembered", lambda gdb, words: _marks(traveller)))
    monitor.add(Command("last-write", "ADDR [SIZE]", "who stored there last, before now (4 bytes)",
                        lambda gdb, words: _last_write(session, debugger, traveller, words)))  # fmt: skip
    kernel = session.kernel
    if kernel is not None:
        monitor.add(Command("who-revoked", "ADDR", "who took away the last share of the stack there",
                            lambda gdb, words: _who_revoked(kernel, words)))  # fmt: skip


def _when(traveller: Traveller) -> Iterable[str]:
    yield f"time {traveller.now:,}; {traveller.position.executed:,} instructions executed"
    if traveller.is_replay:
        yield f"in the past: the run was {traveller.ahead:,} instructions farther"


def _goto(gdb: GdbSession, debugger: Debugger, traveller: Traveller, words: list[str]) -> Iterable[str]:
    if len(words) != 1:
        raise WrongUse
    reason: StopReason | None = None
    if words[0] == "start":
        debugger.goto(0)
    elif words[0] == "end":
        debugger.go_to_farthest()
    elif words[0][:1] == "#":
        number = number_of(words[0][1:], "number of a checkpoint, which monitor checkpoints lists")
        debugger.settle()
        if number not in traveller.marks:
            raise WrongUse(f"there is no checkpoint {number}; those behind a change or a restart are gone")
        debugger.goto_position(traveller.marks[number][0])
    else:
        time = number_of(words[0], "time")
        if time < 0:
            raise WrongUse(f"{words[0]} is no time: the run begins at 0")
        reason = debugger.goto(time)
    gdb.moved()
    ends = "" if reason is None or isinstance(reason, Beginning) else ", where the program ends"
    if isinstance(reason, Interrupted):
        ends = ", interrupted"
    yield f"time {traveller.now:,}{ends}; stopped at 0x{debugger.machine.registers.pc:08x}"
    yield RELOAD


def _mark(traveller: Traveller) -> Iterable[str]:
    return [f"#{traveller.mark()}: time {traveller.now:,}"]


def _marks(traveller: Traveller) -> Iterable[str]:
    return [f"#{number}: time {now:,}" for number, (_, now) in traveller.marks.items()] or ["none"]


# -- who did it ----------------------------------------------------------------------------------------------------


def _place(session: Session, pc: int) -> str:
    """Return where code is, in words: ``memset+0x1c (string.c:58)``."""
    image = session.machine.image
    line = image.source_line(pc)
    return image.symbols.describe(pc) + (f" ({line})" if line is not None else "")


def _last_write(session: Session, debugger: Debugger, traveller: Traveller, words: list[str]) -> Iterable[str]:
    if len(words) not in (1, 2):
        raise WrongUse
    address, size = address_of(words[0]), number_of(words[1], "size") if len(words) == 2 else 4
    if address + size > 1 << 32:
        raise WrongUse(f"{size} bytes at 0x{address:08x} are beyond the end of memory")
    machine, since = session.machine, traveller.start

    def look(reason: StopReason) -> list[str]:
        nonlocal since
        since = traveller.position
        who = next((one.name for one in debugger.threads() if one.number == debugger.current), "the program")
        if isinstance(reason, Watchpoint):
            stored = "" if reason.value is None else f" 0x{reason.value:0{2 * reason.size}x}"
            size = "1 byte" if reason.size == 1 else f"{reason.size} bytes"
            what = f"{who} stores{stored} ({size}) to 0x{reason.address:08x}"
            return [f"at {traveller.now:,} {what}: {_place(session, reason.pc)}"]
        where = _place(session, machine.registers.pc)
        return [f"at {traveller.now:,} it is stored to for {who}, by an exception or the kernel: {where}"]

    debugger.settle()
    try:
        found = traveller.last_write(address, size, look)
    except ValueError as error:
        raise WrongUse(str(error)) from None
    except Unfinished:
        return ["the search was interrupted"]
    lines = found or [f"nothing has stored to 0x{address:08x} since the beginning of the history"]
    changed = traveller.changes_from(since)
    if changed:
        when = ", ".join(f"{now:,}" for now in changed[-LATEST_CHANGES:])
        lines.append(f"after that the debugger changed memory or registers, or reset the system, at {when}")
    return lines


def _who_revoked(kernel: Kernel, words: list[str]) -> Iterable[str]:
    from rtems_shim.debug.revoked import revoked_at

    if len(words) != 1:
        raise WrongUse
    return revoked_at(kernel, address_of(words[0]))
