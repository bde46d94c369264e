"""The core file of a run that has ended: its threads, exceptions and memory, as exports/elf_core.py writes them.

The thread that faulted stands first, as the fault found it, and the fault registers are what its handler finds. All
else is of the end of the run: memory, the handlers that are active then, the other threads. No state.
"""

from __future__ import annotations

import json
from collections.abc import Sequence

from emulator.annotations import Any
from emulator.armv7m.core import CONTROL_FPCA, Registers
from emulator.armv7m.fault_registers import BFAR, CFSR, DFSR, HFSR, MMFAR
from emulator.armv7m.faults import exception_name
from emulator.armv7m.scb import SHCSR
from emulator.debugger.threads import MAIN, DebugThread
from emulator.exports.elf_core import FACTS_VERSION, SPECIAL, CoreThread, ElfCore, Memory
from emulator.gdb.stop_replies import SIGABRT, SIGBUS, SIGINT, SIGXCPU, fault_signal
from emulator.harness.session import Session
from emulator.harness.tracing import Files
from emulator.machine.fault_record import StatusWords
from emulator.machine.machine import Machine
from emulator.trace.backtrace import interrupted
from emulator.trace.outcome import Outcome
from emulator.trace.report import Report
from emulator.trace.report_json import report_object, word

SYSTEM_SPACE = 0xE000_ED00, 0x240
"""Address and size of what is stored of the System Control Space: the SCB, the MPU, FPCCR and FPCAR."""
FAULT_REGISTERS = (SHCSR, CFSR, HFSR, DFSR, MMFAR, BFAR)
"""Those of them that StatusWords has."""

_LINUX_SIGBUS = 7
_SIGNALS = {Outcome.SUCCESS: 0, Outcome.BUDGET_SPENT: SIGXCPU, Outcome.INTERRUPTED: SIGINT}


def core_of(session: Session, report: Report, status: int, files: Files) -> ElfCore:
    """Return the core of a run that ended as ``report`` says; ``files`` are those that it was given, the program first.

    ``status`` is what the command ends with. The views of memory in it are live: use it before the machine goes on.
    """
    machine = session.machine
    threads = _threads(session, None if report.fault is None else report.fault.registers)
    if report.outcome is Outcome.DEADLOCK:  # the kernel is in the middle of a switch: who waits is what counts
        threads.sort(key=lambda thread: thread.registers.ipsr != 0)
    found = report.status if report.fault is None else report.fault.status
    facts = {
        "schema_version": FACTS_VERSION,
        "files": files,
        "threads": [_thread(thread) for thread in threads],
        "report": report_object(report, status),
    }
    return ElfCore(
        threads=tuple(threads),
        memories=(*_memories(machine), _system_space(machine, found)),
        signal=_signal(report),
        program=files[0]["name"],
        has_fpu=machine.config.has_fpu,
        facts=json.dumps(facts).encode(),
    )


def _signal(report: Report) -> int:
    if report.fault is None:
        return _SIGNALS.get(report.outcome, SIGABRT)
    signal = fault_signal(report.fault.fault)
    return _LINUX_SIGBUS if signal == SIGBUS else signal


def _thread(thread: CoreThread) -> dict[str, Any]:
    special = {name: word(getattr(thread.registers, name)) for name in SPECIAL}
    return {"number": thread.number, "name": thread.name, "state": thread.state, **special}


# -- threads -------------------------------------------------------------------------------------------------------


def _threads(session: Session, at_fault: Registers | None) -> list[CoreThread]:
    """Return who faulted, what is executing, what those interrupted, and the other threads of the kernel."""
    machine, view = session.machine, session.threads
    kernel = {thread.number: thread for thread in (view.threads() if view is not None else [])}
    running = view.running() if view is not None else None
    found: dict[int, CoreThread] = {}
    for registers, state in ((at_fault, "faulted"), (_live(machine), "is executing")):
        if registers is None:
            continue
        below = interrupted(registers, machine.image, machine.peek) if registers.ipsr else []
        chain = [_on_processor(registers, state, True, kernel, running)]
        for one in below:
            words = f"is interrupted by {chain[-1].name.removesuffix(' handler')}"
            chain.append(_on_processor(one, words, False, kernel, running))
        for thread in chain:
            found.setdefault(thread.number, thread)
    frame = view.interrupted() if view is not None else None
    if frame is not None and running not in found:  # below handlers that cannot be followed
        thread = _on_processor(frame, "is interrupted", False, kernel, running)
        found.setdefault(thread.number, thread)
    for other in kernel.values():
        if other.registers is not None and other.number not in found:
            has_fp = bool(other.registers.control & CONTROL_FPCA)
            found[other.number] = CoreThread(other.number, other.name, other.state, other.registers, has_fp)
    return list(found.values())


def _live(machine: Machine) -> Registers:
    machine.processor.load_fp()
    return machine.registers.copy()


def _on_processor(
    registers: Registers, state: str, has_fp: bool, kernel: dict[int, DebugThread], running: int | None
) -> CoreThread:
    """Return what ``registers`` are of: an exception, a thread of the kernel, or the program where there is none.

    Of what was interrupted the FP registers are not known: where handlers have saved them, only these know.
    """
    if registers.ipsr:
        return CoreThread(registers.ipsr, f"{exception_name(registers.ipsr)} handler", state, registers, has_fp)
    thread = None if running is None else kernel.get(running)
    number, name = (MAIN, "main") if thread is None else (thread.number, thread.name)
    return CoreThread(number, name, state, registers, has_fp)


# -- memory --------------------------------------------------------------------------------------------------------


def _memories(machine: Machine) -> list[Memory]:
    """Return all memory, lowest first, each with the other addresses that lead to it."""
    ranges = machine.bus.memory_ranges()
    found = []
    for block in sorted(machine.bus.blocks, key=lambda block: block.address):
        aliases = tuple(start for start, _, canonical in ranges if canonical == block.address != start)
        found.append(Memory(block.address, block.view, aliases, block.writable))
    return found


def _system_space(machine: Machine, status: StatusWords) -> Memory:
    start, size = SYSTEM_SPACE
    words: Sequence[int] = [machine.system.peek(address, 4) for address in range(start, start + size, 4)]
    data = bytearray(b"".join(value.to_bytes(4, "little") for value in words))
    for register in FAULT_REGISTERS:
        offset = register.ADDRESS - start
        data[offset : offset + 4] = getattr(status, register.__name__).to_bytes(4, "little")
    return Memory(start, memoryview(bytes(data)))
