"""A machine as the command's options describe it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from emulator.annotations import TYPE_CHECKING, Any
from emulator.board.board import Board
from emulator.cli.arguments import Options
from emulator.harness import session as harness
from emulator.harness.guest_input import GuestInput, open_input
from emulator.harness.session import Session, board_of, muted_channels, open_machine
from emulator.harness.setup import FIELDS, Setup
from emulator.machine.machine import Machine

if TYPE_CHECKING:
    from emulator.harness.input_pacing import Prompted


@contextmanager
def open_session(options: Options) -> Iterator[Session]:
    """Build the machine of ``options`` (arguments.MACHINE_OPTIONS). Raises ConfigError and ImageError."""
    setup = setup_of(options)
    board = board_of(setup)
    read_input = open_input(options.input, muted_channels(board))
    with open_machine(setup, board, read_input, options.input is not None) as session:
        yield session


def connect_input(machine: Machine, options: Options, board: Board, read_input: GuestInput) -> Prompted | None:
    """Let the program read ``read_input``, from its beginning, when the options say; return what waits for a prompt."""
    return harness.connect_input(machine, setup_of(options), board, read_input, options.input is not None)


def setup_of(options: Options) -> Setup:
    """Return what ``options`` say of the machine and the program."""
    values: dict[str, Any] = {name: vars(options)[name] for name in FIELDS if name in vars(options)}
    for name in ("programs", "load_address", "symbols", "args", "share"):
        values[name] = tuple(values.get(name) or ())
    return Setup(**values)
