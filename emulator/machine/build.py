"""Puts a machine together: a board's memories and devices on the bus, the images in memory, and a reset."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from emulator.board.board import Board, MemorySpec, largest_gap
from emulator.devices.bit_band import ALIASES, BitBandAlias
from emulator.devices.bus import Bus, MemoryBlock
from emulator.devices.catalog import Devices
from emulator.image.image import Image
from emulator.image.loader import join_images
from emulator.image.memory_fit import check_segments_fit, check_vector_table
from emulator.machine.machine import Machine
from emulator.machine.parts import Options
from emulator.semihosting.semihosting import Semihosting, SemihostingSetup
from emulator.semihosting.semihosting_files import RootDirectory


def build_machine(board: Board, images: Sequence[Image], *, audit: bool = False, lenient: bool = False) -> Machine:
    """Return a machine after reset with ``images`` loaded.

    Raises ImageError when they do not fit the board or hold no vector table. The caller connects the console, input,
    semihosting and a personality before ``run()``.
    """
    programmed = board.programmed_ranges
    check_segments_fit(images, board.memory_ranges + programmed, board.name)
    check_vector_table(images, board.vector_table, board.name, board.canonical)
    segments = [segment for image in images for segment in image.segments]
    if any(start <= segment.address < start + size for segment in segments for start, size in programmed):
        from emulator.board.programmed import program  # few images do

        board = program(board, segments)
    memories = [(_memory_block(memory), memory.aliases) for memory in board.memories]
    options = Options(board.vector_table, board.frequency, audit, lenient, board.systick)
    machine = Machine(board.core, memories, options)
    bus = machine.bus
    machine.devices = Devices(board.devices, machine.device_context(), board.overlay)
    if board.overlay is None:
        for placed in machine.devices.placed:
            bus.add_device(placed.name, placed.address, placed.late)
    else:
        _lay_over(bus, board, machine.devices)
    if board.core.has_bit_band:
        for alias, target in ALIASES.items():
            bus.add_device(f"bit-band alias of 0x{target:08x}", alias, BitBandAlias(bus, target))
    load(machine, images, programmed)
    machine.reset()
    return machine


def _memory_block(spec: MemorySpec) -> MemoryBlock:
    block = MemoryBlock(spec.name, spec.address, spec.size, spec.is_ram, spec.fill)
    for index, word in enumerate(spec.words):
        start = spec.words_at + 4 * index
        block.view[start : start + 4] = word.to_bytes(4, "little")
    return block


def _lay_over(bus: Bus, board: Board, devices: Devices) -> None:
    """Put the devices on the bus, and in front of them the registers that the board lays over them."""
    from emulator.devices.overlay import Overlaid, Overlay  # few boards do

    assert board.overlay is not None
    rows = board.overlay.parameters["registers"]
    assert isinstance(rows, Mapping)
    *placed, over = devices.placed
    overlay = Overlay(over.late, [(row["offset"], row["offset"] + row.get("size", 4)) for row in rows.values()])
    taken = []
    for each in placed:
        bus.add_device(each.name, each.address, Overlaid(overlay, each.address, each.late.size, each.late))
        taken.append((each.address, each.address + each.late.size))
    for address, size in overlay.spans(taken):
        bus.add_device("registers", address, Overlaid(overlay, address, size, None))


def load(machine: Machine, images: Sequence[Image], left_out: Sequence[tuple[int, int]] = ()) -> None:
    """Copy the segments into memory; bytes that a segment has beyond its data are zeroed.

    Segments in the (address, size) ranges ``left_out`` are for no memory.
    """
    machine.image = join_images(list(images))
    for image in images:
        for segment in image.segments:
            if any(start <= segment.address < start + size for start, size in left_out):
                continue
            machine.poke(segment.address, segment.data)
            machine.bus.clear(segment.address + len(segment.data), segment.memory_size - len(segment.data))


def connect_semihosting(
    machine: Machine, board: Board, arguments: str = "", root: RootDirectory | None = None
) -> Semihosting:
    """Let the program on ``machine`` make semihosting requests, and return what answers them.

    Its output goes to the machine's console channels ``stdout`` and ``stderr``, its input comes from ``stdin``.
    SYS_GET_CMDLINE answers the image's name and ``arguments``; SYS_HEAPINFO the RAM that no segment takes. The caller
    closes ``root`` after the last run, when it has called ``reset()`` of the result.
    """
    name = machine.image.name
    segments = [(segment.address, segment.memory_size) for segment in machine.image.segments]
    machine.semihost = semihosting = Semihosting(
        SemihostingSetup(
            memory=machine.memory,
            clock=machine.clock,
            frequency=machine.frequency,
            send=machine.send,
            receive=machine.take_input,
            exit=machine.exit,
            command_line=f"{name} {arguments}" if arguments else name,
            heap=largest_gap(board, segments),
            root=root,
        )
    )
    return semihosting
