"""The trace of a session: its header, and a recorder that hears of everything from the start."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from hashlib import sha256

from emulator.annotations import Any
from emulator.harness.session import Session
from emulator.harness.setup import Setup, traced_options
from emulator.image.loader import split_offset
from emulator.machine.events import Reset
from emulator.program_file import base_name, read_program_file
from emulator.trace.recorder import Recorder
from emulator.trace.trace_filter import EVERYTHING, read_filter

Files = list[dict[str, str]]


def record(
    session: Session, write: Callable[[str], object], setup: Setup, files: Files, *,
    max_instructions: int | None = None, only: str | None = None,
) -> Recorder:  # fmt: skip
    """Connect a recorder to the machine, which has been reset and has not run. Raises ConfigError for the filter."""
    machine = session.machine
    recorder = Recorder(write, machine.image, EVERYTHING if only is None else read_filter(only))
    options: dict[str, Any] = traced_options(setup, max_instructions)
    recorder.begin(program=machine.image.name, files=files, board=session.board.name, options=options, filter=only)
    recorder(Reset(machine.clock.now, machine.resets, machine.registers.pc, machine.registers.msp))
    machine.observers.append(recorder)
    if session.guest is not None:
        session.guest.tell_switches()
    return recorder


def traced_files(setup: Setup, inputs: Sequence[str] = ()) -> Files:
    """Return the names and hashes of the files that a run depends on: programs, symbols, and its inputs."""
    symbols = [split_offset(name)[0] for name in setup.symbols]
    paths = (*setup.programs, *symbols, *inputs, *filter(None, (setup.stimulus,)))
    return [{"name": base_name(path), "sha256": sha256(read_program_file(path)).hexdigest()} for path in paths]
