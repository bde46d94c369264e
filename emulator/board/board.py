"""A board as data: its core, clocks, memories and devices. board_file.py reads one from TOML.

A board is checked as a whole when it is made: nothing overlaps, everything lies in the address space, the core can
start.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise

from emulator.armv7m.core import CoreConfig
from emulator.armv7m.itm import STIMULUS_PORTS
from emulator.armv7m.systick import SysTickClocks
from emulator.devices.catalog import DeviceSpec
from emulator.errors import ConfigError
from emulator.program_file import printable
from emulator.records import dataclass, replace

ADDRESS_GRANULE, SIZE_GRANULE = 4096, 32
"""Bytes. Memories and their aliases begin on multiples of the first, and are multiples of the second in size."""

LARGEST_MEMORY = 1 << 30
"""Bytes of one memory, and of all memories of a board: what a simulated microcontroller may take of the host."""

ADDRESS_SPACE = 1 << 32
SIZE_UNITS = {"": 1, "k": 1 << 10, "m": 1 << 20, "g": 1 << 30}

PRIVATE_RANGES = (("the Private Peripheral Bus", 0xE000_0000, 0xE010_0000),)
BIT_BAND_RANGES = (
    ("the bit-band alias of SRAM", 0x2200_0000, 0x2400_0000),
    ("the bit-band alias of the peripherals", 0x4200_0000, 0x4400_0000),
)
"""What the core itself has in the address space. [B3.1; DDI 0337 3.7]"""

ITM_CHANNELS = {f"itm{port}": port for port in range(STIMULUS_PORTS)}
"""The channels that every core has, and their stimulus ports."""
RTT_CHANNELS = {f"rtt{number}": number for number in range(3)}
"""The channels that a program may have in its RAM (harness/rtt.py), and their buffers."""


@dataclass(frozen=True, slots=True)
class MemorySpec:
    """``size`` bytes of RAM, or of ROM, at ``address``, and again at each alias address.

    ``option`` names the command's option that may set the size: ``ram``, ``flash``, or empty for none. Bytes that no
    image has are ``fill``.
    """

    name: str
    address: int
    size: int
    is_ram: bool
    aliases: tuple[int, ...] = ()
    option: str = ""
    fill: int = 0
    words: tuple[int, ...] = ()
    words_at: int = 0
    """``words`` are there from that offset on: code and data of a ROM that the part comes with."""


@dataclass(frozen=True, slots=True)
class Board:
    """A board. ``frequency`` is the processor clock: instructions in a virtual second.

    ``vector_table`` is VTOR at reset. ``console`` is the channel that the command connects to its own output and
    input. ``source`` says in messages where the board comes from. Raises ConfigError when the parts do not fit.
    """

    name: str
    core: CoreConfig
    memories: tuple[MemorySpec, ...]
    devices: tuple[DeviceSpec, ...] = ()
    frequency: int = 25_000_000
    vector_table: int = 0
    systick: SysTickClocks = SysTickClocks()
    console: str = ""
    description: str = ""
    source: str = ""
    overlay: DeviceSpec | None = None
    """Registers at any addresses, in front of what is there else."""

    def __post_init__(self) -> None:
        check_board(self)

    def resized(self, option: str, size: int) -> Board:
        """Return this board with ``size`` bytes in the memory that ``option`` sets. Raises ConfigError."""
        if not any(memory.option == option for memory in self.memories):
            settable = sorted({memory.option for memory in self.memories if memory.option})
            remedy = f"It has {_joined('--' + s for s in settable)}" if settable else "Describe your board in a file"
            raise ConfigError(f"{self.name}: the board has no memory that --{option} can set. {remedy}.")
        memories = tuple(replace(m, size=size) if m.option == option else m for m in self.memories)
        return replace(self, memories=memories)

    @property
    def channels(self) -> list[str]:
        """The channels of the devices, in the order of these."""
        return [str(device.parameters["console"]) for device in self.devices if device.parameters.get("console")]

    def with_console(self, channel: str) -> Board:
        """Return this board with ``channel`` as its console: one of a device, of the ITM, or of RTT.

        Raises ConfigError.
        """
        if channel not in {*self.channels, *ITM_CHANNELS, *RTT_CHANNELS}:
            known = _joined([*self.channels, "itm0 to itm31", "rtt0 to rtt2"])
            raise ConfigError(f"--channel {printable(channel, 40)!r}: {self.name} has no such output. It has {known}.")
        return replace(self, console=channel)

    def started_at(self, address: int) -> Board:
        """Return this board with ``address`` in VTOR at reset, as a boot loader leaves it. Raises ConfigError."""
        try:
            return replace(self, vector_table=address)
        except ConfigError as error:
            raise ConfigError(f"--vector-table: {error}") from None

    @property
    def memory_ranges(self) -> list[tuple[int, int]]:
        """Where memory is, aliases too, as (address, size), lowest first."""
        return sorted((a, memory.size) for memory in self.memories for a in (memory.address, *memory.aliases))

    @property
    def programmed_ranges(self) -> list[tuple[int, int]]:
        """Where registers are that an image may have values for, as (address, size): programmed.py."""
        found = (device for device in self.devices if device.parameters.get("reset_from") == "image")
        return [(device.address, device.size) for device in found]

    def canonical(self, address: int) -> int:
        """Return the address of the memory behind an alias of it; any other address as it is."""
        for memory in self.memories:
            for alias in memory.aliases:
                if alias <= address < alias + memory.size:
                    return memory.address + address - alias
        return address


def parse_size(text: str, option: str = "--ram") -> int:
    """Return the bytes that a text like ``16M``, ``64K`` or ``0x10000`` means. Raises ConfigError."""
    digits, unit = text.strip(), ""
    if digits[-1:].lower() in ("k", "m", "g"):
        digits, unit = digits[:-1], digits[-1].lower()
    try:
        size = int(digits, 0) * SIZE_UNITS[unit]
    except ValueError:
        raise ConfigError(f"{option} {text!r} is not a size. Give a number with K, M or G, like 16M.") from None
    if size <= 0:
        raise ConfigError(f"{option} {text!r} is not a size. Give a positive number, like 16M.")
    return size


def largest_gap(board: Board, loaded: Iterable[tuple[int, int]]) -> tuple[int, int]:
    """Return (start, end) of the largest part of the board's largest RAM that no ``loaded`` (address, size) range
    uses: where QEMU says that a program's heap and stack are. Of equal ones the lowest counts.
    """
    rams = [(a, m.size) for m in board.memories if m.is_ram for a in (m.address, *m.aliases)]
    if not rams:
        return 0, 0
    start, size = max(rams, key=lambda ram: (ram[1], -ram[0]))
    end = start + size
    best, free = (start, start), start
    for address, size in sorted(loaded):
        if address < end and address + size > start and size:
            if address - free > best[1] - best[0]:
                best = (free, address)
            free = max(free, address + size)
    return (free, end) if end - free > best[1] - best[0] else best


# -- checks --------------------------------------------------------------------------------------------------------


def check_board(board: Board) -> None:
    """Raise ConfigError, with the remedy, where the parts of ``board`` do not fit together."""
    where = board.source or board.name
    _check_core(board, where)
    if not 1 <= board.frequency <= 10**10:
        raise ConfigError(f"{where}: frequency must be 1 to 10,000,000,000 Hz, not {board.frequency}.")
    for memory in board.memories:
        _check_memory(memory, where)
    if sum(memory.size for memory in board.memories) > LARGEST_MEMORY:
        raise ConfigError(f"{where}: memory: the board has more than {LARGEST_MEMORY >> 20} MiB. Make it smaller.")
    _check_names(board, where)
    _check_overlaps(board, where)
    _check_vector_table(board, where)
    if board.overlay is not None:
        _check_overlay(board, board.overlay, where)
    for device in board.devices:
        for line, irq in device.irqs.items():
            if irq >= board.core.irq_count:
                raise ConfigError(
                    f"{where}: device {device.name}: irqs.{line} is {irq}, but the core has {board.core.irq_count} "
                    f"interrupts. Raise core.irqs or choose one below."
                )


def _check_core(board: Board, where: str) -> None:
    core = board.core
    if core.mpu_regions not in (0, 8, 16):
        raise ConfigError(f"{where}: core.mpu_regions must be 0, 8 or 16, not {core.mpu_regions}.")
    if not 1 <= core.irq_count <= 240:
        raise ConfigError(f"{where}: core.irqs must be 1 to 240, not {core.irq_count}.")
    if not 3 <= core.priority_bits <= 8:
        raise ConfigError(f"{where}: core.priority_bits must be 3 to 8, not {core.priority_bits}.")
    if core.has_fpu and core.name == "cortex-m3":
        raise ConfigError(f"{where}: core.fpu: a cortex-m3 has none. Choose cortex-m4 or cortex-m7.")


def _check_memory(memory: MemorySpec, where: str) -> None:
    name = f"{where}: memory {memory.name}"
    if memory.size <= 0 or memory.size % SIZE_GRANULE:
        raise ConfigError(f"{name}: size must be a positive multiple of 32 bytes, not {memory.size}.")
    if memory.size > LARGEST_MEMORY:
        raise ConfigError(f"{name}: size must be at most {LARGEST_MEMORY >> 20} MiB, not {memory.size} bytes.")
    for address in (memory.address, *memory.aliases):
        if address % ADDRESS_GRANULE:
            raise ConfigError(f"{name}: address 0x{address:08x} must be a multiple of 4 KiB.")


def _check_names(board: Board, where: str) -> None:
    for kind, names in (("memory", [m.name for m in board.memories]), ("device", [d.name for d in board.devices])):
        for name in sorted(set(names)):
            if names.count(name) > 1:
                raise ConfigError(f"{where}: two {kind} entries are called {name!r}. Give each its own name.")


def _ranges(board: Board) -> Iterator[tuple[str, int, int]]:
    """Yield (what, start, end) of everything that occupies address space."""
    yield from PRIVATE_RANGES
    if board.core.has_bit_band:
        yield from BIT_BAND_RANGES
    for memory in board.memories:
        yield f"memory {memory.name}", memory.address, memory.address + memory.size
        for alias in memory.aliases:
            yield f"memory {memory.name}, alias", alias, alias + memory.size
    for device in board.devices:
        yield f"device {device.name}", device.address, device.address + device.size


def _check_overlaps(board: Board, where: str) -> None:
    ranges = sorted(_ranges(board), key=lambda r: (r[1], r[2], r[0]))
    fixed = {what for what, _, _ in (*PRIVATE_RANGES, *BIT_BAND_RANGES)}
    for first, second in pairwise(ranges):
        if second[1] < first[2]:
            # What cannot move is what the other one runs into, whichever begins lower.
            (what, start, _), (into, into_start, into_end) = (first, second) if second[0] in fixed else (second, first)
            raise ConfigError(
                f"{where}: {what} at 0x{start:08x} overlaps {into} (0x{into_start:08x}..0x{into_end - 1:08x}). "
                f"Move or shrink one of them."
            )
    for what, start, end in ranges:
        if end > ADDRESS_SPACE:
            raise ConfigError(f"{where}: {what} at 0x{start:08x} ends above the 4 GiB address space. Shrink it.")


def _check_vector_table(board: Board, where: str) -> None:
    table = board.vector_table
    if table % 128:
        raise ConfigError(f"{where}: vector_table 0x{table:08x} must be a multiple of 128.")
    if not any(address <= table < address + size for address, size in board.memory_ranges):
        raise ConfigError(f"{where}: vector_table 0x{table:08x} is in no memory. Put it where the core starts.")


def _check_overlay(board: Board, overlay: DeviceSpec, where: str) -> None:
    rows = overlay.parameters["registers"]
    assert isinstance(rows, Mapping)
    fixed = [*PRIVATE_RANGES, *(("memory", address, address + size) for address, size in board.memory_ranges)]
    for name, row in rows.items():
        for what, start, end in fixed:
            if start <= row["offset"] < end:
                raise ConfigError(
                    f"{where}: registers.{name}: 0x{row['offset']:08x} is in {what}. Lay registers over devices, or "
                    "where nothing is."
                )


def _joined(words: Iterable[str]) -> str:
    return ", ".join(words)


def suggestion(word: str, known: Sequence[str]) -> str:
    """Return ``Did you mean 'x'?`` where a known word is near, else the list of all known ones, as a remedy."""
    from difflib import get_close_matches

    near = get_close_matches(word, known, n=1) or [name for name in sorted(known) if word and word in name][:1]
    return f"Did you mean {near[0]!r}?" if near else f"Known: {_joined(sorted(known))}."
