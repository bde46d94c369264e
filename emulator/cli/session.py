"""A machine as the command's options describe it, with a kernel when the image asks for one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from emulator.annotations import TYPE_CHECKING, Any
from emulator.board.board import ITM_CHANNELS, Board, parse_size
from emulator.board.board_file import load_board, with_uart
from emulator.cli.arguments import Options
from emulator.cli.guest_input import GuestInput, open_input
from emulator.errors import ConfigError
from emulator.image.loader import load_images, split_offset
from emulator.machine.build import build_machine, connect_semihosting
from emulator.machine.machine import Machine
from emulator.program_file import base_name, read_program_file
from emulator.records import dataclass
from emulator.semihosting.semihosting_files import RootDirectory
from rtems_shim.note import NOTE_OWNER, NOTE_TYPE

if TYPE_CHECKING:
    from emulator.cli.index_file import IndexFile
    from emulator.cli.input_pacing import Prompted
    from emulator.debuginfo.debug_index import DebugIndex
    from emulator.semihosting.semihosting import Semihosting
    from rtems_shim.core.kernel import Kernel
    from rtems_shim.report.fault_story import KernelStory


@dataclass(frozen=True, slots=True)
class Session:
    """A machine ready to run. ``kernel`` is None for a bare program."""

    machine: Machine
    board: Board
    kernel: Kernel | None
    semihosting: Semihosting
    prompted: Prompted | None = None

    @property
    def story(self) -> KernelStory | None:
        """What the kernel adds to a report, None for a bare program."""
        if self.kernel is None:
            return None
        from rtems_shim.report.fault_story import KernelStory

        return KernelStory(self.kernel)


@contextmanager
def open_session(options: Options) -> Iterator[Session]:
    """Build the machine of ``options`` (arguments.add_machine_options). Raises ConfigError and ImageError."""
    board = _board(options)
    read_input = open_input(options.input, muted_channels(board))
    indexes: list[IndexFile] = []
    symbols = options.symbols or ()
    images = load_images(options.programs, options.load_address, symbols, lambda data: _index(data, indexes))
    machine = build_machine(board, images, audit=options.mpu_backend == "audit", lenient=options.lenient)
    machine.stop_on_reset = options.on_reset == "stop"
    machine.imprecise_stores = options.imprecise_stores
    prompted = connect_input(machine, options, board, read_input)
    if board.console in ITM_CHANNELS:
        machine.system.itm.show(ITM_CHANNELS[board.console])
    kernel = _attach_kernel(machine, options)
    root = RootDirectory(options.semihosting_root) if options.semihosting_root else None
    semihosting = connect_semihosting(machine, board, " ".join(options.args), root)
    try:
        yield Session(machine, board, kernel, semihosting, prompted)
    finally:
        semihosting.reset()
        if root is not None:
            root.close()
        for file in indexes:
            file.save()


def connect_input(machine: Machine, options: Options, board: Board, read_input: GuestInput) -> Prompted | None:
    """Let the program read ``read_input``, from its beginning, when the options say; return what waits for a prompt."""
    machine.read_input = read_input
    machine.input_pends = read_input.pends
    if options.input_when == "enabled":
        return None
    from emulator.cli.input_pacing import pace_input  # most runs have none

    prompted = pace_input(machine, options.input_when, muted_channels(board))
    if options.input is None:
        raise ConfigError("--input-when says when the input comes: give --input, too.")
    return prompted


def _index(data: bytes, opened: list[IndexFile]) -> DebugIndex:
    """Return what earlier runs read of the debug information of a program, and note its file for the end."""
    from emulator.cli.index_file import IndexFile

    opened.append(IndexFile(data))
    return opened[-1].index


def _attach_kernel(machine: Machine, options: Options) -> Kernel | None:
    """Attach RTEMS when the image carries the shim's note."""
    if (NOTE_OWNER, NOTE_TYPE) in machine.image.notes:
        from rtems_shim.personality import rtems  # a bare program does not pay for it

        kernel = rtems(machine, options.mode, options.unprivileged)
        machine.personality = kernel
        return kernel
    if options.mode != "strict" or options.unprivileged:
        option = "--unprivileged" if options.unprivileged else "--mode"
        raise ConfigError(f"{option} is for programs built with v7m cc; {machine.image.name} is a bare program.")
    return None


def _board(options: Options) -> Board:
    board = load_board(options.board)
    for option in ("ram", "flash"):
        text = getattr(options, option)
        if text is not None:
            board = board.resized(option, parse_size(text, f"--{option}"))
    if options.uart is not None:
        board = with_uart(board, options.uart)
    return board if options.channel is None else board.with_console(options.channel)


def muted_channels(board: Board) -> list[str]:
    """Return the channels of the board that are not its console."""
    channels = {str(device.parameters["console"]) for device in board.devices if "console" in device.parameters}
    return sorted({*channels, *ITM_CHANNELS} - {board.console})


def traced_options(options: Options) -> dict[str, Any]:
    """Return the options that change what a program does, for the header of a trace. No paths."""
    machine = ("lenient", "imprecise_stores", "ram", "flash", "uart", "channel", "max_instructions", "on_reset")
    found = {name: getattr(options, name) for name in ("mode", "unprivileged", *machine)}
    found["args"] = options.args
    return found


def traced_files(options: Options) -> list[dict[str, str]]:
    """Return the names and hashes of the files that the run depends on: the programs, symbols, and the input."""
    from hashlib import sha256

    found = []
    symbols = [split_offset(name)[0] for name in options.symbols or ()]
    inputs = [options.input] if options.input not in (None, "-") else []
    for path in (*options.programs, *symbols, *inputs):
        found.append({"name": base_name(path), "sha256": sha256(read_program_file(path)).hexdigest()})
    return found
