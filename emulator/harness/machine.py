"""A machine for Python: a program on a board that runs, is stepped, looked at, and starts again as often as wanted.

A second run starts from a snapshot: the memory as loaded, everything else as after power-up. It gives the same bytes as
the first one, and what was translated stays, so that it costs a fraction.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from contextlib import ExitStack
from os import PathLike, fspath
from pathlib import Path
from types import TracebackType

from emulator.annotations import TYPE_CHECKING, Any
from emulator.armv7m.core import Registers
from emulator.errors import ConfigError
from emulator.harness.endless_loop import Runner, run_to_end
from emulator.harness.exit_status import exit_status
from emulator.harness.guest_input import GuestInput, bytes_reader, no_input
from emulator.harness.result import LastWrite, Result, result_of
from emulator.harness.session import (
    Session,
    again_with,
    attach_kernel,
    board_of,
    connect_input,
    muted_channels,
    open_machine,
    stimulate,
)
from emulator.harness.setup import CHOICES, DEFAULT_BOARD, FIELDS, Setup
from emulator.harness.tracing import Files, record, traced_files
from emulator.machine.observers import Observer
from emulator.machine.snapshot import Snapshot
from emulator.machine.stop import ForeignAccess, StopReason, Watchpoint
from emulator.records import replace
from emulator.timetravel.traveller import Traveller
from emulator.trace.outcome import Outcome, outcome_of
from emulator.trace.recorder import Recorder
from emulator.trace.report import Report, build_report

if TYPE_CHECKING:
    from emulator.exports.coverage import Coverage
    from emulator.harness.program_coverage import ProgramCoverage

FilePath = str | PathLike[str]
SEVERAL = ("symbols", "args", "load_address")


class Machine:
    """``program`` (one file or several: ELF, Intel HEX, raw binaries) on ``board``, in front of its first instruction.

    ``options`` are those of ``v7m run`` that say what runs, with underscores: ``ram``, ``flash``, ``uart``,
    ``channel``, ``symbols``, ``load_address``, ``mode``, ``unprivileged``, ``lenient``, ``imprecise_stores``,
    ``mpu_backend``, ``on_reset``, ``input_when``, ``semihosting_root``, ``args``, ``check_isolation``,
    ``isolation_rules``, ``os``, ``isolate``, ``share``, ``stimulus``, ``vector_table``. Use it in a ``with`` statement,
    or ``close()`` it. With ``history``, bytes for checkpoints, it goes backwards, too. Raises ConfigError and
    ImageError, whose text is one line. With ``coverage`` it counts which source lines are executed, for ``lcov()``; a
    directory says where the program was compiled.
    """

    def __init__(
        self,
        program: FilePath | Iterable[FilePath],
        *,
        board: FilePath = DEFAULT_BOARD,
        history: int = 0,
        coverage: bool | FilePath = False,
        **options: Any,
    ) -> None:
        self._setup = setup_of(program, {**options, "board": board})
        self._board = board_of(self._setup)
        self._stack = ExitStack()
        self._input = b""
        self._session: Session = self._stack.enter_context(
            open_machine(self._setup, self._board, GuestInput(no_input), has_input=True)
        )
        self.runs_once = False
        """Whether nobody will reset it: then no snapshot is taken."""
        if history and self._setup.semihosting_root is not None:
            raise ConfigError("history: a program that uses files of the host (semihosting_root) does not go back.")
        if history and (self._setup.check_isolation or self._setup.isolation_rules is not None):
            raise ConfigError("history: an audit of isolation is of runs that go forwards. Leave one of them out.")
        if history and self._setup.stimulus is not None:
            raise ConfigError("history: what a script does (stimulus) is not undone. Leave one of them out.")
        self._history = history
        self._traveller: Traveller | None = None
        self._snapshot: Snapshot | None = None
        self._has_run = False
        self._is_closed = False
        self._ended: tuple[Report, int] | None = None
        """What the run came to, while the machine is still there."""
        self._files: Files | None = None
        self._output: defaultdict[str, bytearray] = defaultdict(bytearray)
        self._console = bytearray()
        self._muted = frozenset(muted_channels(self._board))
        self._session.machine.on_console = self._hear
        self._coverage: ProgramCoverage | None = None
        if coverage:
            from emulator.harness.program_coverage import ProgramCoverage

            directory = Path(self._setup.programs[0]).parent if coverage is True else Path(coverage)
            self._coverage = ProgramCoverage(self._session.machine, directory)

    def __enter__(self) -> Machine:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the program's files, and keep what was read of its debug information for the next time.

        What is known can still be read; the program does not run any more.
        """
        self._is_closed = True
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
        why: bool = False,
    ) -> Result:
        """Run the program from its start to its end.

        It reads ``input`` from its console, at once or ``input_when``. ``trace`` keeps the events of the run, those of
        ``trace_filter``. ``why`` says in the result where the bad value of a fault came from, by a second run. Raises
        ConfigError.
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
        return self._run_on(max_instructions, recorder, lines, why)

    def go_on(self, max_instructions: int | None = None) -> StopReason:
        """Run from where the machine is, until the program ends, a breakpoint, or ``max_instructions`` more.

        The value says why (emulator/machine/stop.py).
        """
        self._begin()
        return run_to_end(self._session.machine, max_instructions, runner=self._runner)

    def step(self) -> StopReason | None:
        """Execute one instruction, or take one exception. Return why the run ends there, else None."""
        self._begin()
        return self._session.machine.step() if self._traveller is None else self._traveller.step()

    # -- backwards, with a history -------------------------------------------------------------------------------------

    def reverse_step(self) -> StopReason | None:
        """Undo the last instruction, or the last exception that was taken; a Beginning where there is none."""
        return self._back().step_back()

    def reverse_go_on(self) -> StopReason:
        """Go back to where ``go_on`` would have ended last, or to the Beginning.

        That is in front of a breakpoint, of an access to watched memory, or of what another run would have ended with.
        """
        return self._back().run_back()

    def reverse_to(self, time: int) -> None:
        """Go back to the first moment at which the virtual time was ``time`` or later."""
        traveller = self._back()
        if time > traveller.now:
            raise ConfigError(f"reverse_to({time}): it is {traveller.now} only. Go on to get there.")
        traveller.goto_time(time)

    def last_write(self, address: int, size: int = 4) -> LastWrite | None:
        """Return who stored last to any of ``size`` bytes at ``address``, None where nobody has. The run stays here."""
        traveller, machine = self._back(), self._session.machine

        def look(reason: StopReason) -> LastWrite:
            pc = machine.registers.pc
            stored = reason if isinstance(reason, Watchpoint) else None
            value = None if stored is None else stored.value
            story = self._session.story
            thread = "" if story is None else story.subject
            return LastWrite(traveller.now, pc, machine.image.symbols.describe(pc), value, thread)

        return traveller.last_write(address, size, look)

    def _back(self) -> Traveller:
        if not self._history:
            raise ConfigError("the machine keeps no history. Make it with history=256 << 20, or as many bytes.")
        self._begin()
        assert self._traveller is not None
        return self._traveller

    def result(self, reason: StopReason) -> Result:
        """Return what the run came to that ``go_on`` or ``step`` ended with ``reason``."""
        return self._result(reason, None, [])

    def core(self) -> bytes:
        """Return the end that the last ``run()`` or ``result()`` told of, as an ELF core file. Raises ConfigError."""
        if self._ended is None:
            raise ConfigError("core(): there is no result yet. Call run(), or result() of what go_on() returned.")
        from emulator.exports.elf_core import core_bytes
        from emulator.harness.core_file import core_of

        self._files = self._files or traced_files(self._setup)
        return core_bytes(core_of(self._session, *self._ended, self._files))

    def lcov(self) -> str:
        """Return which source lines all runs so far have executed, as lcov's tracefile. Raises ConfigError."""
        if self._coverage is None:
            raise ConfigError("lcov(): nothing was counted. Make the machine with coverage=True.")
        from emulator.exports.lcov import write_lcov

        return write_lcov(self._coverage.coverage())

    def take_coverage(self) -> Coverage:
        """Return what ``lcov()`` would write, and count from zero again; empty without ``coverage``."""
        return {} if self._coverage is None else self._coverage.take()

    def reset(self) -> None:
        """Return to the moment before the first instruction: the memory as loaded, all else as after power-up."""
        self._demand_open()
        if not self._has_run:
            return
        self._ended = None
        machine = self._session.machine
        machine.observers.clear()
        if self._traveller is not None:
            self._traveller.restart()
        else:
            assert self._snapshot is not None
            self._snapshot.restore()
            self._session.kernel = attach_kernel(machine, self._setup)
        machine.on_ask = machine.on_send = _nothing
        if self._session.isolation is not None:
            self._session.isolation.forget()
        self._output.clear()
        self._console.clear()
        self._has_run = False

    def _demand_open(self) -> None:
        if self._is_closed:
            raise ConfigError("This machine is closed: its program runs no more. Make another one.")

    def _begin(self) -> None:
        self._demand_open()
        self._ended = None
        if self._history and self._traveller is None:
            self._traveller = Traveller(self._session.machine, self._history)
        elif not self._history and self._snapshot is None and not self.runs_once:
            self._snapshot = Snapshot(self._session.machine)
        self._has_run = True

    @property
    def _runner(self) -> Runner | None:
        """What runs the machine instead of itself."""
        return self._traveller or self._session.stimulus

    def _run_on(self, budget: int | None, recorder: Recorder | None, lines: list[str], why: bool) -> Result:
        self._begin()
        return self._result(run_to_end(self._session.machine, budget, runner=self._runner), recorder, lines, why)

    def _result(
        self, reason: StopReason, recorder: Recorder | None, lines: list[str], why: bool = False
    ) -> Result:  # fmt: skip
        session = self._session
        machine = session.machine
        report = build_report(machine, reason, session.board.name, session.story, always_detailed=False)
        if session.isolation is not None:
            report = replace(report, foreign=session.isolation.report())
        if why and not isinstance(reason, ForeignAccess) and report.outcome is not Outcome.SUCCESS:
            from emulator.harness.second_run import explained  # it imports what most runs do not need

            report = explained(report, session, reason)
        if recorder is not None:
            recorder.end(report)
        status = exit_status(reason, outcome_of(machine, reason), session.kernel is None, machine.stop_on_reset)
        self._ended = report, status
        output = {channel: bytes(data) for channel, data in sorted(self._output.items())}
        states = [] if session.story is None else session.story.threads()
        return result_of(report, status, output, bytes(self._console), "".join(lines), states)

    def _give(self, input: bytes | str, when: str) -> None:
        data = input.encode() if isinstance(input, str) else input
        source = GuestInput(lambda: bytes_reader(data), self._muted)
        machine = self._session.machine
        setup = self._setup._replace(input_when=when or self._setup.input_when)
        self._session.prompted = connect_input(machine, setup, self._board, source, has_input=True)
        if setup.semihosting_root is None:
            images = self._session.images
            self._session.again = again_with(setup, self._board, source, True, images)
        if setup.stimulus is not None:
            stimulate(self._session, setup)
        if self._traveller is not None:
            self._traveller.edited()

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
        if self._traveller is not None:
            self._traveller.edited()

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
    why: bool = False,
    **options: Any,
) -> Result:
    """Run ``program`` once, as ``v7m run`` does, and return what it came to. See Machine and Machine.run."""
    with Machine(program, board=board, **options) as machine:
        machine.runs_once = True
        return machine.run(
            input, max_instructions=max_instructions, trace=trace, trace_filter=trace_filter, why=why
        )  # fmt: skip


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
