"""v7m boards: list the boards that come with the command, or describe one."""

from __future__ import annotations

from collections.abc import Iterator

from emulator.armv7m.mpu_explain import describe_size
from emulator.board.board import Board
from emulator.board.board_file import board_names, load_board
from emulator.cli.parser import Parser
from emulator.harness.setup import DEFAULT_BOARD


def run(arguments: list[str]) -> int:
    """Run the verb and return the command's exit status. Raises ConfigError."""
    parser = Parser("v7m boards", "List the boards, or describe one: its core, memories and devices.")
    parser.add_argument("board", nargs="?", metavar="NAME", help="a board of the list, or a board file")
    options = parser.parse_args(arguments)
    lines = describe(load_board(options.board)) if options.board else list_boards()
    print("\n".join(lines))
    return 0


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
