"""A machine as its setup describes it, with a kernel when the image asks for one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager

from emulator.annotations import TYPE_CHECKING
from emulator.board.board import ITM_CHANNELS, RTT_CHANNELS, Board, parse_size
from emulator.board.board_file import load_board, with_uart
from emulator.errors import ConfigError
from emulator.harness.guest_awareness import GuestAwareness
from emulator.harness.guest_input import GuestInput
from emulator.harness.setup import Setup
from emulator.image.image import Image
from emulator.image.loader import load_images
from emulator.image.memory_fit import OutsideMemory
from emulator.machine.build import build_machine, connect_semihosting
from emulator.machine.machine import Machine
from emulator.records import dataclass
from emulator.semihosting.semihosting_files import RootDirectory
from rtems_shim.note import NOTE_OWNER, NOTE_TYPE

if TYPE_CHECKING:
    from emulator.debugger.threads import ThreadView
    from emulator.debuginfo.debug_index import DebugIndex
    from emulator.harness.index_file import IndexFile
    from emulator.harness.input_pacing import Prompted
    from emulator.harness.stack_isolation import StackIsolation
    from emulator.harness.stimulus import Stimulus
    from emulator.machine.story import Story
    from emulator.semihosting.semihosting import Semihosting
    from rtems_shim.core.kernel import Kernel


@dataclass(slots=True)
class Session:
    """A machine ready to run. ``kernel`` is None for a bare program."""

    machine: Machine
    board: Board
    kernel: Kernel | None
    semihosting: Semihosting
    prompted: Prompted | None = None
    images: Sequence[Image] = ()
    """The program's files, as they were read."""
    again: Callable[..., AbstractContextManager[Session]] | None = None
    """Opens the same machine once more, for the same run. None where that may be another: files of the host change."""
    guest: GuestAwareness | None = None
    """The kernel inside an unmodified image; None for what is built with v7m cc, and with --os none."""
    isolation: StackIsolation | None = None
    """The stacks of its threads, closed to each other; None where nobody asked, or where no kernel is known."""
    stimulus: Stimulus | None = None
    """What happens to the program from outside, None where there is no script."""

    @property
    def story(self) -> Story | None:
        """What the kernel adds to a report, None for a bare program."""
        if self.kernel is not None:
            from rtems_shim.report.fault_story import KernelStory

            return KernelStory(self.kernel)
        return None if self.guest is None else self.guest.story()

    @property
    def threads(self) -> ThreadView | None:
        """The kernel's threads for a debugger, None for a bare program."""
        if self.kernel is not None:
            from rtems_shim.debug.thread_view import KernelThreads

            return KernelThreads(self.kernel)
        return None if self.guest is None else self.guest.threads()


@contextmanager
def open_machine(
    setup: Setup, board: Board, read_input: GuestInput, has_input: bool, images: Sequence[Image] = ()
) -> Iterator[Session]:
    """Build the machine of ``setup`` on ``board_of(setup)``. Raises ConfigError and ImageError.

    ``images``: its files, where they were read already.
    """
    indexes: list[IndexFile] = []
    if not images:
        addresses = list(setup.load_address) or None
        images = load_images(setup.programs, addresses, setup.symbols, lambda data: _index(data, indexes))
    try:
        machine = build_machine(board, images, audit=setup.mpu_backend == "audit", lenient=setup.lenient)
    except OutsideMemory as outside:
        from emulator.harness.fitting import with_boards_named  # only for what cannot run here

        raise with_boards_named(outside, images, setup.programs) from outside
    machine.stop_on_reset = setup.on_reset == "stop"
    machine.imprecise_stores = setup.imprecise_stores
    prompted = connect_input(machine, setup, board, read_input, has_input)
    if board.console in ITM_CHANNELS:
        machine.system.itm.show(ITM_CHANNELS[board.console])
    kernel = attach_kernel(machine, setup)
    if kernel is not None and setup.os not in ("auto", "none"):
        raise ConfigError(f"--os {setup.os} is for other kernels: v7m cc built this program. Leave it out.")
    guest = GuestAwareness(machine, setup.os) if kernel is None and setup.os != "none" else None
    isolation = None
    if setup.isolate != "off" or setup.share:
        from emulator.harness.stack_isolation import isolate_stacks  # only for whom asks

        if setup.isolate == "off":
            raise ConfigError("--share opens what --isolate closes: give --isolate, too.")
        isolation = isolate_stacks(machine, guest, setup.isolate, setup.share)
        if isolation is not None and guest is not None and "shm_open" in machine.image.symbols.by_name:
            from emulator.harness.taskfs import answer_taskfs

            answer_taskfs(machine, guest, isolation)
    root = RootDirectory(setup.semihosting_root) if setup.semihosting_root is not None else None
    semihosting = connect_semihosting(machine, board, " ".join(setup.args), root)
    try:
        again = None if root is not None else again_with(setup, board, read_input, has_input, images)
        session = Session(machine, board, kernel, semihosting, prompted, images, again, guest, isolation)
        if setup.stimulus is not None:
            stimulate(session, setup)
        yield session
    finally:
        semihosting.reset()
        if root is not None:
            root.close()
        for file in indexes:
            file.save()


def stimulate(session: Session, setup: Setup) -> None:
    """Begin the script of ``setup``, once the machine has its input. Raises ConfigError."""
    from emulator.harness.stimulus import Stimulus
    from emulator.harness.stimulus_file import read_stimuli

    assert setup.stimulus is not None
    if session.stimulus is not None:
        session.stimulus.end()
    session.stimulus = Stimulus(session.machine, read_stimuli(setup.stimulus), session.board)
    if session.stimulus.ends_runs:
        session.again = None  # a second run would be run by others


def again_with(
    setup: Setup, board: Board, read_input: GuestInput, has_input: bool, images: Sequence[Image]
) -> Callable[..., AbstractContextManager[Session]]:
    """Return what opens the same machine once more; its argument, if it gets one, is another board to run on."""

    def again(other: Board = board) -> AbstractContextManager[Session]:
        return open_machine(setup, other, read_input.again(), has_input, images)

    return again


def connect_input(
    machine: Machine, setup: Setup, board: Board, read_input: GuestInput, has_input: bool
) -> Prompted | None:
    """Let the program read what ``read_input`` gives, when ``setup`` says. Raises ConfigError."""
    machine.read_input = read_input
    machine.input_pends = read_input.pends
    if board.console in RTT_CHANNELS:
        from emulator.harness.rtt import attach_rtt

        attach_rtt(machine, board)
    if setup.input_when == "enabled":
        return None
    from emulator.harness.input_pacing import pace_input  # most runs have none

    prompted = pace_input(machine, setup.input_when, muted_channels(board))
    if not has_input:
        raise ConfigError("--input-when says when the input comes: give --input, too.")
    return prompted


def _index(data: bytes, opened: list[IndexFile]) -> DebugIndex:
    """Return what earlier runs read of the debug information of a program, and note its file for the end."""
    from emulator.harness.index_file import IndexFile

    opened.append(IndexFile(data))
    return opened[-1].index


def attach_kernel(machine: Machine, setup: Setup) -> Kernel | None:
    """Attach RTEMS, as after power-up, when the image carries the shim's note, and the auditor. Raises ConfigError."""
    kernel = _kernel(machine, setup)
    if setup.check_isolation or setup.isolation_rules is not None:
        from emulator.harness.isolation import audit_isolation  # only for whom asks

        audit_isolation(machine, kernel, setup)
    return kernel


def _kernel(machine: Machine, setup: Setup) -> Kernel | None:
    if (NOTE_OWNER, NOTE_TYPE) in machine.image.notes:
        from rtems_shim.personality import rtems  # a bare program does not pay for it

        kernel = rtems(machine, setup.mode, setup.unprivileged)
        machine.personality = kernel
        return kernel
    if setup.mode != "strict" or setup.unprivileged:
        option = "--unprivileged" if setup.unprivileged else "--mode"
        raise ConfigError(f"{option} is for programs built with v7m cc; {machine.image.name} is a bare program.")
    return None


def board_of(setup: Setup) -> Board:
    """Return the board of ``setup``. Raises ConfigError."""
    board = load_board(setup.board)
    for option in ("ram", "flash"):
        text = getattr(setup, option)
        if text is not None:
            board = board.resized(option, parse_size(text, f"--{option}"))
    if setup.vector_table is not None:
        board = board.started_at(setup.vector_table)
    if setup.uart is not None:
        board = with_uart(board, setup.uart)
    return board if setup.channel is None else board.with_console(setup.channel)


def muted_channels(board: Board) -> list[str]:
    """Return the channels of the board that are not its console."""
    return sorted({*board.channels, *ITM_CHANNELS, *RTT_CHANNELS} - {board.console})
