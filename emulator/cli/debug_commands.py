"""Monitor commands that need what only the command has together: the words of reports, and the kernel."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from emulator.annotations import TYPE_CHECKING
from emulator.armv7m.faults import EXCEPTION_NAMES, Access
from emulator.cli.time_commands import TIME_COMMANDS, add_time_commands
from emulator.debugger.debugger import Debugger
from emulator.debugger.event_breakpoints import on_exception
from emulator.gdb.monitor import Command, Monitor, WrongUse, address_of
from emulator.gdb.session import Session as GdbSession
from emulator.harness.session import Session
from emulator.machine.stop import AtFault, ForeignAccess

if TYPE_CHECKING:
    from rtems_shim.core.kernel import Kernel

KERNEL_COMMANDS = ("shares", "who-revoked", "break-rights", "break-switch", "break-call", "break-access")

Do = Callable[[GdbSession, list[str]], Iterable[str]]


def add_commands(monitor: Monitor, session: Session, debugger: Debugger) -> None:
    """Let ``monitor`` have them; those about threads only where a kernel runs."""
    machine = session.machine
    monitor.add(Command("why", "", "the fault that the program is at: access, place, regions, registers, calls",
                        lambda gdb, words: _why(session, debugger)))  # fmt: skip
    if machine.mpu.regions:
        monitor.add(Command("mpu", "[ADDR]", "the MPU's regions, and which one decides at ADDR (the PC)",
                            lambda gdb, words: _mpu(session, words)))  # fmt: skip
    else:
        monitor.add_missing(["mpu"], "this core has no MPU")
    monitor.add(Command("break-exception", "NAME|NUMBER", "stop where the handler of an exception begins: PendSV, IRQ3",
                        lambda gdb, words: _break_exception(debugger, words)))  # fmt: skip
    if debugger.traveller is not None:
        add_time_commands(monitor, session, debugger, debugger.traveller)
    else:
        monitor.add_missing(TIME_COMMANDS, "v7m debug was started without a history (--history, --semihosting-root)")
    if session.kernel is not None:
        _add_kernel_commands(monitor, session.kernel, debugger)
    else:
        monitor.add_missing(KERNEL_COMMANDS, "it asks the kernel of v7m cc, which this program was not built with")
    monitor.add(Command("breaks", "", "what was set by break-...", lambda gdb, words: _breaks(debugger)))
    monitor.add(Command("unbreak", "NUMBER|all", "take it away", lambda gdb, words: _unbreak(debugger, words)))


def _add_kernel_commands(monitor: Monitor, kernel: Kernel, debugger: Debugger) -> None:
    from rtems_shim.debug import conditions
    from rtems_shim.debug.stack_table import stack_table

    events = debugger.events
    events.switches = conditions.is_switch
    conditions.tell_results(kernel, events)

    def set_(make: Callable[[Sequence[str]], Iterable[int]]) -> Do:
        def do(gdb: GdbSession, words: list[str]) -> Iterable[str]:
            try:
                return [f"{number}: {dict(events.rows())[number]}" for number in make(words)]
            except conditions.WrongWords as error:
                raise WrongUse(str(error)) from None

        return do

    monitor.add(Command("shares", "", "whose stack is where, and who may use whose",
                        lambda gdb, words: stack_table(kernel)))  # fmt: skip
    monitor.add(Command("break-rights", "THREAD ADDR [r|w|x] gain|loss", "stop when a thread gets or loses a right",
                        set_(lambda words: [events.add(conditions.on_rights(kernel, words))])))  # fmt: skip
    monitor.add(Command("break-switch", "THREAD", "stop when a thread comes on the processor",
                        set_(lambda words: [events.add(conditions.on_switch(kernel, words))])))  # fmt: skip
    monitor.add(Command("break-call", "NAME [arg0 == N] [result != N]", "stop behind a call of the kernel",
                        set_(lambda words: [events.add(conditions.on_call(words))])))  # fmt: skip
    monitor.add(Command("break-access", "THREAD OWNER", "stop at a thread's first access to another's stack",
                        set_(lambda words: [events.add(x) for x in conditions.on_access(kernel, words)])))  # fmt: skip


def _break_exception(debugger: Debugger, words: list[str]) -> Iterable[str]:
    if len(words) != 1:
        raise WrongUse
    number = _exception(words[0])
    added = debugger.events.add(on_exception(number))
    return [f"{added}: {dict(debugger.events.rows())[added]}"]


def _exception(word: str) -> int:
    names = {name.lower(): number for number, name in EXCEPTION_NAMES.items() if number > 1}
    if word.lower() in names:
        return names[word.lower()]
    text = word.lower().removeprefix("irq")
    if text.isascii() and text.isdigit():
        number = int(text) + (16 if text != word.lower() else 0)
        if 2 <= number < 512:
            return number
    raise WrongUse(f"{word} is no exception")


def _breaks(debugger: Debugger) -> Iterable[str]:
    rows = debugger.events.rows()
    return [f"{number}: {words}" for number, words in rows] or ["none; monitor help shows how to set some"]


def _unbreak(debugger: Debugger, words: list[str]) -> Iterable[str]:
    if words == ["all"]:
        debugger.events.clear()
        return []
    if len(words) != 1 or not (words[0].isascii() and words[0].isdigit()):
        raise WrongUse
    return [] if debugger.events.remove(int(words[0])) else [f"there is no number {words[0]}"]


def _why(session: Session, debugger: Debugger) -> Iterable[str]:
    from emulator.trace.fault_report import report_fault
    from emulator.trace.report_text import fault_lines

    machine, reason = session.machine, debugger.reason
    if isinstance(reason, ForeignAccess):
        record = reason.record
    else:
        record = machine.foresee(reason) if isinstance(reason, AtFault) else machine.first_fault
    if record is None:
        return ["the program is at no fault, and no handler of one runs"]
    return fault_lines(report_fault(machine, record, session.story))


def _mpu(session: Session, words: list[str]) -> Iterable[str]:
    from emulator.trace.report_text import region_lines

    machine = session.machine
    if len(words) > 1:
        raise WrongUse
    address = address_of(words[0]) if words else machine.registers.pc
    access = Access.READ if words else Access.FETCH
    explanation = machine.mpu.explain(address, 1, access, machine.registers.privileged, machine.memory.bypasses_mpu())
    labels = session.story.region_labels() if session.story is not None else {}
    return [f"MPU_CTRL 0x{machine.mpu.ctrl:x}", *region_lines(explanation, labels)]
