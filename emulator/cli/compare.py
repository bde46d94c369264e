"""v7m compare: run a program here and on QEMU, instruction by instruction, up to the first difference."""

from __future__ import annotations

import argparse

from emulator.board.board_file import load_board
from emulator.cli.arguments import address, count
from emulator.cli.interrupts import dispensable
from emulator.cli.parser import Parser
from emulator.cli.progress import Progress
from emulator.cli.terminal import write_diagnostics
from emulator.compare.comparison import compare
from emulator.compare.qemu import MACHINES, PROGRAM
from emulator.compare.report import render_json, render_text
from emulator.errors import ConfigError
from emulator.harness.exit_status import FAILURE, SUCCESS
from emulator.harness.setup import DEFAULT_BOARD
from emulator.image.image import Image
from emulator.image.loader import join_images, load_images
from rtems_shim.note import NOTE_OWNER, NOTE_TYPE

DEFAULT_COUNT = 200_000

EPILOG = """\
Compared after each step: R0-R15, xPSR, the FP registers, CONTROL, MSP, PSP and the masks; at each exception the fault
status; at the end all RAM. docs/compare.md lists the differences that are known, which are counted and not reported.

exit status: 0 no difference, 1 a difference, 2 bad usage or input, or no QEMU, 70 a bug of v7m, 130 Ctrl-C."""


def make_parser() -> Parser:
    """Return the parser of this verb."""
    parser = Parser("v7m compare", "Run a program here and on QEMU and show the first difference.", EPILOG)
    option = parser.add_argument
    option("programs", nargs="+", metavar="FILE", help="ELF, Intel HEX, or raw binaries with --load-address")
    option("--board", default=DEFAULT_BOARD, choices=MACHINES, help=f"a board that QEMU has (default {DEFAULT_BOARD})")
    option("--start", metavar="PLACE", help="report nothing before this function or address is reached")
    option(
        "--count", type=count, default=DEFAULT_COUNT, metavar="N",
        help=f"steps, each an instruction or an exception (default {DEFAULT_COUNT:,})",
    )  # fmt: skip
    option("--qemu", default=PROGRAM, metavar="PATH", help=f"the program to compare with (default {PROGRAM})")
    option("--lenient", action="store_true", help="absent memory reads as zero, on QEMU too")
    option("--load-address", type=address, action="append", metavar="A", help="where a raw binary goes; once for each")
    option("--symbols", action="append", metavar="FILE", help="an ELF with the symbols of a program that has none")
    option("--json", action="store_true", help="the result as JSON (docs/compare.md)")
    return parser


def run(arguments: list[str]) -> int:
    """Run the verb and return the command's exit status. Raises ConfigError and ImageError."""
    options = make_parser().parse_args(arguments)
    board = load_board(options.board)
    images = load_images(options.programs, options.load_address, options.symbols or ())
    image = join_images(images)
    if (NOTE_OWNER, NOTE_TYPE) in image.notes:
        raise ConfigError(f"{image.name} was built with v7m cc: QEMU has no kernel for it. Give a bare program.")
    start = _find(image, options.start)
    progress = Progress(total=options.count, what="steps")
    try:
        with dispensable() as heard:  # QEMU would go on alone

            def go_on(steps: int) -> None:
                if heard:
                    raise KeyboardInterrupt
                progress.update(steps)

            comparison = compare(
                board, images, count=options.count, start=start, program=options.qemu, lenient=options.lenient,
                on_progress=go_on,
            )  # fmt: skip
    except KeyboardInterrupt:
        progress.clear()
        write_diagnostics(f"v7m: interrupted after {progress.count:,} steps; no difference to report up to there.\n")
        raise
    finally:
        progress.clear()
    status = FAILURE if comparison.result.differs else SUCCESS
    print(render_json(comparison, status) if options.json else render_text(comparison), end="")
    return status


def _find(image: Image, place: str | None) -> int | None:
    """Return the address that ``place`` names, a symbol or a number."""
    if place is None:
        return None
    symbol = image.symbols.by_name.get(place)
    if symbol is not None:
        return symbol.address
    try:
        return address(place) & ~1
    except argparse.ArgumentTypeError:
        words = f"--start {place!r} is neither a symbol of {image.name} nor an address"
        raise ConfigError(f"{words}. Write it as main or 0x1234.") from None
