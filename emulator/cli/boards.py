"""v7m boards: list the boards that come with the command, describe one, or make the file of another.

``v7m boards import FILE.svd`` writes one of a part's CMSIS-SVD description, ``v7m boards new IMAGE`` says what an image
wants, and writes one with that memory.
"""

from __future__ import annotations

from collections.abc import Iterator

from emulator.armv7m.mpu_explain import describe_size
from emulator.board.board import Board
from emulator.board.board_file import CORES, board_names, load_board
from emulator.cli.parser import Parser
from emulator.errors import ConfigError
from emulator.harness.setup import DEFAULT_BOARD


def run(arguments: list[str]) -> int:
    """Run the verb and return the command's exit status. Raises ConfigError."""
    if arguments[:1] == ["import"]:
        return _import(arguments[1:])
    if arguments[:1] == ["new"]:
        return _new(arguments[1:])
    epilog = "v7m boards import FILE.svd and v7m boards new IMAGE make board files; each has a --help."
    parser = Parser("v7m boards", "List the boards, or describe one: its core, memories and devices.", epilog)
    parser.add_argument("board", nargs="?", metavar="NAME", help="a board of the list, or a board file")
    options = parser.parse_args(arguments)
    lines = describe(load_board(options.board)) if options.board else list_boards()
    print("\n".join(lines))
    return 0


def _import(arguments: list[str]) -> int:
    from emulator.board.svd import read_svd
    from emulator.board.svd_board import board_text
    from emulator.program_file import base_name

    words = "Write a board file with the registers of a part, as its CMSIS-SVD description has them."
    parser = Parser("v7m boards import", words)
    parser.add_argument("description", metavar="FILE.svd", help="the part's description, from its vendor")
    parser.add_argument("-o", "--output", metavar="FILE", help="the board file (default: stdout)")
    options = parser.parse_args(arguments)
    device = read_svd(options.description)
    _write(board_text(device, base_name(options.description)), options.output, options.description)
    return 0


def _new(arguments: list[str]) -> int:
    from pathlib import PurePath

    from emulator.cli.arguments import address
    from emulator.harness import likeness
    from emulator.harness.fitting import rows_of
    from emulator.harness.image_needs import board_text, needs_of
    from emulator.harness.image_needs import describe as describe_needs
    from emulator.image.loader import load_images
    from emulator.program_file import read_program_file

    words = "Say what an image wants of a board: where it loads, its vector table, its stack, and which boards have it."
    parser = Parser("v7m boards new", words)
    parser.add_argument("image", metavar="IMAGE", help="an ELF or Intel HEX file, or a raw binary with --load-address")
    parser.add_argument("--load-address", type=address, metavar="A", help="where a raw binary goes")
    parser.add_argument("-o", "--output", metavar="FILE", help="write a board file with this memory, too")
    parser.add_argument("--core", choices=tuple(CORES), help="its core (default cortex-m4)")
    parser.add_argument("--like", metavar="BOARD", help="take everything but the memory from this board")
    options = parser.parse_args(arguments)
    if options.like is not None and options.core is not None:
        raise ConfigError("--like and --core: the board says which core it has. Give one of them.")
    like = None if options.like is None else load_board(options.like)
    (image,) = load_images([options.image], options.load_address)
    needs, boards = needs_of(image), [load_board(name) for name in board_names()]
    known, data = likeness.likenesses(image, boards), read_program_file(options.image)
    rows = rows_of(image, data, boards, known)
    fitting = [name for _, names in rows for name in names]
    print("\n".join(describe_needs(image, needs, rows)))
    print("".join(f"{line}\n" for line in likeness.describe(known, fitting, options.image, data)), end="")
    if options.output is not None:
        name = PurePath(options.output).name.removesuffix(".toml")
        based = None if like is None else (options.like, like)
        text = board_text(image, needs, options.core or "cortex-m4", name, based)
        _write(text, options.output, options.image)
    return 0


def _write(text: str, output: str | None, source: str) -> None:
    """Write a board file, to stdout where no name is given. Raises ConfigError."""
    from emulator.cli.output_file import OutputFile

    if output is None:
        print(text, end="")
        return
    with OutputFile(output, "-o", [source]) as file:
        file.write(text)


def list_boards() -> Iterator[str]:
    """Yield a line a board."""
    boards = [load_board(name) for name in board_names()]
    width = max(len(board.name) for board in boards)
    for board in boards:
        default = "  (default)" if board.name == DEFAULT_BOARD else ""
        yield f"{board.name:<{width}}  {board.description}{default}"


def describe(board: Board) -> Iterator[str]:
    """Yield what a board has."""
    core = board.core
    mpu = f"MPU with {core.mpu_regions} regions" if core.mpu_regions else "no MPU"
    fpu = "FPU" if core.has_fpu else "no FPU"
    yield f"{board.name}: {board.description}"
    yield f"  {core.name}, {fpu}, {mpu}, {core.irq_count} interrupts, {core.priority_bits} priority bits"
    yield f"  {board.frequency / 1e6:g} MHz, starts at 0x{board.vector_table:08x}, console {board.console or 'none'}"
    yield ""
    for memory in board.memories:
        kind = "RAM" if memory.is_ram else "ROM"
        option = f", --{memory.option} sets its size" if memory.option else ""
        aliases = "".join(f", again at 0x{alias:08x}" for alias in memory.aliases)
        yield f"  0x{memory.address:08x}  {describe_size(memory.size):<8}  {kind} {memory.name}{option}{aliases}"
    yield ""
    devices = sorted(board.devices, key=lambda device: device.address)
    silent = [device for device in devices if device.type == "unimplemented"]
    for device in devices:
        if device not in silent:
            interrupts = ", ".join(f"{line} {_irq(irq)}" for line, irq in device.irqs.items())
            shown = f"{device.name}, interrupts: {interrupts}" if interrupts else device.name
            yield f"  0x{device.address:08x}  {device.type:<16}  {shown}"
    if silent:
        yield f"  {len(silent)} more ranges read as zero and ignore writes"


def _irq(irq: int) -> str:
    return "NMI" if irq < 0 else str(irq)
