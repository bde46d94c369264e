"""A machine for Python: a program on a board that runs, is stepped, looked at, and starts again as often as wanted.

A second run starts from a snapshot: the memory as loaded, everything else as after power-up. It gives the same bytes as
the first one, and what was translated stays, so that it costs a fraction.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from contextlib import ExitStack
from os import PathLike, fspath
from types import TracebackType

from emulator.annotations import Any
from emulator.armv7m.core import Registers
from emulator.errors import ConfigError
from emulator.harness.endless_loop import run_to_end
from emulator.harness.exit_status import exit_status
from emulator.harness.guest_input import GuestInput
from emulator.harness.result import Result, result_of
from emulator.harness.session import Session, attach_kernel, board_of, connect_input, muted_channels, open_machine
from emulator.harness.setup import CHOICES, DEFAULT_BOARD, FIELDS, Setup
from emulator.harness.tracing import Files, record, traced_files
from emulator.machine.observers import Observer
from emulator.machine.snapshot import Snapshot
from emulator.machine.stop import StopReason
from emulator.trace.outcome import outcome_of
from emulator.trace.recorder import Recorder
from emulator.trace.report import build_report

FilePath = str | PathLike[str]
SEVERAL = ("symbols", "args", "load_address")


class Machine:
    """``program`` (one file or several: ELF, Intel HEX, raw binaries) on ``board``, in front of its first instruction.

    ``options`` are those of ``v7m run`` that say what runs, with underscores: ``ram``, ``flash``, ``uart``,
    ``channel``, ``symbols``, ``load_address``, ``mode``, ``unprivileged``, ``lenient``, ``imprecise_stores``,
    ``mpu_backend``, ``on_reset``, ``input_when``, ``semihosting_root``, ``args``. Use it in a ``with`` statement, or
    ``close()`` it. Raises ConfigError and ImageError, whose text is one line.
    """

    def __init__(
        self, program: FilePath | Iterable[FilePath], *, board: FilePath = DEFAULT_BOARD, **options: Any
    ) -> None:
        self._setup = setup_of(program, {**options, "board": board})
        self._board = board_of(self._setup)
        self._stack = ExitStack()
        self._input = b""
        self._session: Session = self._stack.enter_context(
            open_machine(self._setup, self._board, GuestInput(lambda channel: None), has_input=True)
        )
        self.runs_once = False
        """Whether nobody will reset it: then no snapshot is taken."""
        self._snapshot: Snapshot | None = None
        self._has_run = False
        self._files: Files | None = None
        self._output: defaultdict[str, bytearray] = defaultdict(bytearray)
        self._console = bytearray()
        self._muted = frozenset(muted_channels(self._board))
        self._session.machine.on_console = self._hear

    def __enter__(self) -> Machine:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the program's files, and keep what was read of its debug information for the next time."""
        self._stack.close()

    # -- runs ----------------------------------------------------------------------------------------------------------

    def run(
        self,
        input: bytes | str = b"",
        *,
        max_instructions: int | None = None,
        trace: bool = False,
        trace_filter: str | None = None,
        input_when: str = "",
    ) -> Result:
        """Run the program from its start to its end.

        It reads ``input`` from its console, at once or ``input_when``. ``trace`` keeps the events of the run, those of
        ``trace_filter``. Raises ConfigError.
        """
        if self._has_run:
            self.reset()
        self._give(input, input_when)
        lines: list[str] = []
        recorder = None
        if trace:
            self._files = self._files or traced_files(self._setup)
            recorder = record(
                self._session, lines.append, self._setup, self._files,
                max_instructions=max_instructions, only=trace_filter,
            )  # fmt: skip
        return self._run_on(max_instructions, recorder, lines)

    def go_on(self, max_instructions: int | None = None) -> StopReason:
        """Run from where the machine is, until the program ends, a breakpoint, or ``max_instructions`` more.

        The value says why (emulator/machine/stop.py).
        """
        self._begin()
        return run_to_end(self._session.machine, max_instructions)

    def step(self) -> StopReason | None:
        """Execute one instruction, or take one exception. Return why the run ends there, else None."""
        self._begin()
        return self._session.machine.step()

    def result(self, reason: StopReason) -> Result:
        """Return what the run came to that ``go_on`` or ``step`` ended with ``reason``."""
        return self._result(reason, None, [])

    def reset(self) -> None:
        """Return to the moment before the first instruction: the memory as loaded, all else as after power-up."""
        if not self._has_run:
            return
        assert self._snapshot is not None
        machine = self._session.machine
        machine.observers.clear()
        machine.on_ask = machine.on_send = _nothing
        self._snapshot.restore()
        self._session.kernel = attach_kernel(machine, self._setup)
        self._output.clear()
        self._console.clear()
        self._has_run = False

    def _begin(self) -> None:
        if self._snapshot is None and not self.runs_once:
            self._snapshot = Snapshot(self._session.machine)
        self._has_run = True

    def _run_on(self, budget: int | None, recorder: Recorder | None, lines: list[str]) -> Result:
        self._begin()
        return self._result(run_to_end(self._session.machine, budget), recorder, lines)

    def _result(self, reason: StopReason, recorder: Recorder | None, lines: list[str]) -> Result:
        session = self._session
        machine = session.machine
        report = build_report(machine, reason, session.board.name, session.story, always_detailed=False)
        if recorder is not None:
            recorder.end(report)
        status = exit_status(reason, outcome_of(machine, reason), session.kernel is None, machine.stop_on_reset)
        output = {channel: bytes(data) for channel, data in sorted(self._output.items())}
        states = [] if session.story is None else session.story.threads()
        return result_of(report, status, output, bytes(self._console), "".join(lines), states)

    def _give(self, input: bytes | str, when: str) -> None:
        data = input.encode() if isinstance(input, str) else input
        stream = iter(data)
        source = GuestInput(lambda channel: next(stream, None), self._muted)
        machine = self._session.machine
        setup = self._setup._replace(input_when=when or self._setup.input_when)
        self._session.prompted = connect_input(machine, setup, self._board, source, has_input=True)

    def _hear(self, channel: str, data: bytes) -> None:
        self._output[channel] += data
        if channel not in self._muted:
            self._console += data

    # -- what is in it -------------------------------------------------------------------------------------------------

    @property
    def registers(self) -> Registers:
        """The core registers, between two runs: ``r``, ``sp``, ``lr``, ``pc``, ``xpsr``, ``msp``, ``psp``, ..."""
        return self._session.machine.registers

    @property
    def instructions(self) -> int:
        """Instructions executed since the reset."""
        return self._session.machine.engine.executed

    def read(self, address: int, size: int) -> bytes:
        """Return memory as a debugger sees it. Raises GuestAccessError where there is none."""
        return self._session.machine.peek(address, size)

    def write(self, address: int, data: bytes) -> None:
        """Store into memory as a debugger does. Raises GuestAccessError where there is none."""
        self._begin()  # before: the snapshot is of the memory as loaded
        self._session.machine.poke(address, data)

    def address(self, symbol: str) -> int:
        """Return the address of a symbol. Raises ConfigError when there is none."""
        found = self._session.machine.image.symbols.by_name.get(symbol)
        if found is None:
            raise ConfigError(f"{self._session.machine.image.name} has no symbol {symbol!r}. Check the name.")
        return found.address

    def set_breakpoint(self, place: int | str) -> None:
        """End ``go_on`` in front of the instruction at an address, or at the beginning of a function."""
        self._session.machine.set_breakpoint(self.address(place) if isinstance(place, str) else place)

    def clear_breakpoint(self, place: int | str) -> None:
        """Undo ``set_breakpoint``."""
        self._session.machine.clear_breakpoint(self.address(place) if isinstance(place, str) else place)

    def watch(self, address: int, size: int, *, reads: bool = False, writes: bool = True) -> None:
        """End ``go_on`` in front of accesses to ``size`` bytes at ``address``."""
        self._session.machine.watch(address, size, reads=reads, writes=writes)

    def clear_watches(self) -> None:
        """Undo every ``watch``."""
        self._session.machine.clear_watches()

    def observe(self, observer: Observer) -> None:
        """Call ``observer`` with every event (emulator/machine/events.py) until the next reset."""
        self._session.machine.observers.append(observer)


def run(
    program: FilePath | Iterable[FilePath],
    input: bytes | str = b"",
    *,
    board: FilePath = DEFAULT_BOARD,
    max_instructions: int | None = None,
    trace: bool = False,
    trace_filter: str | None = None,
    **options: Any,
) -> Result:
    """Run ``program`` once, as ``v7m run`` does, and return what it came to. See Machine and Machine.run."""
    with Machine(program, board=board, **options) as machine:
        machine.runs_once = True
        return machine.run(input, max_instructions=max_instructions, trace=trace, trace_filter=trace_filter)


def _nothing(*_: object) -> None:
    """Nobody listens."""


def setup_of(program: FilePath | Iterable[FilePath], options: dict[str, Any]) -> Setup:
    """Return the setup that the arguments of Machine describe. Raises ConfigError."""
    unknown = sorted(set(options) - set(FIELDS) | {"programs"} & set(options))
    if unknown:
        raise ConfigError(f"there is no option {unknown[0]!r}. There are {', '.join(FIELDS[1:])}.")
    for name, choices in CHOICES.items():
        if name in options and options[name] not in choices:
            raise ConfigError(f"{name} is {' or '.join(map(repr, choices))}, not {options[name]!r}.")
    values: dict[str, Any] = dict(options)
    for name in SEVERAL:
        if name in values:
            given = values[name]
            values[name] = tuple(map(_plain, (given,) if isinstance(given, str | int | PathLike) else given))
    programs = [program] if isinstance(program, str | PathLike) else list(program)
    if not programs:
        raise ConfigError("no program is given. Give one file at least.")
    values["programs"] = tuple(map(fspath, programs))
    if "board" in values:
        values["board"] = fspath(values["board"])
    return Setup(**values)


def _plain(value: Any) -> Any:
    return value if isinstance(value, int) else fspath(value)
