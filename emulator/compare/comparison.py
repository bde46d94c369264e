"""One comparison from its start to its end: both sides built, stepped, and taken down again."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from emulator.board.board import Board
from emulator.compare.here import Here
from emulator.compare.lockstep import Lockstep
from emulator.compare.qemu import MACHINES, PROGRAM, Qemu
from emulator.compare.report import Comparison
from emulator.errors import ConfigError
from emulator.image.image import Image
from emulator.image.loader import join_images


def compare(
    board: Board, images: Sequence[Image], *, count: int, start: int | None = None, program: str = PROGRAM,
    lenient: bool = False, on_progress: Callable[[int], None] = lambda steps: None,
    qemu_images: Sequence[Image] | None = None,
) -> Comparison:  # fmt: skip
    """Run ``images`` here and on QEMU for ``count`` steps at the most, up to the first difference.

    Differences before the program reaches the address ``start`` are not reported. ``program`` is QEMU's file,
    ``qemu_images`` what it runs when that is something else. Raises ConfigError and ImageError when a side cannot
    begin.
    """
    if board.name not in MACHINES:
        raise ConfigError(f"{board.name}: QEMU has no such board. Choose one of {', '.join(MACHINES)}.")
    here = Here(board, images, lenient)
    image = join_images(images if qemu_images is None else qemu_images)
    entry = here.machine.registers.pc | 1
    with Qemu(program, board.name, image.segments, entry, board.core.has_fpu) as qemu:
        result = Lockstep(here, qemu, count, start, on_progress).run()
    return Comparison(here.machine.image.name, board.name, result, here.machine)
