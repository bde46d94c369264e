"""What an image has for the registers of non-volatile memory, as UICR of a nRF52: their values at each reset.

Such a device says ``reset_from = "image"``. Its bytes are not copied anywhere, so its segments are left out.
"""

from __future__ import annotations

from collections.abc import Sequence

from emulator.annotations import Any
from emulator.board.board import Board
from emulator.devices.catalog import DeviceSpec
from emulator.devices.declared_registers import expanded
from emulator.image.image import Segment
from emulator.records import replace

WORD = 4


def program(board: Board, segments: Sequence[Segment]) -> Board:
    """Return ``board`` with what ``segments`` have for its registers. A word without a register becomes a fixed one."""
    return replace(board, devices=tuple(_programmed(device, segments) for device in board.devices))


def _programmed(device: DeviceSpec, segments: Sequence[Segment]) -> DeviceSpec:
    if device.parameters.get("reset_from") != "image":
        return device
    declared = device.parameters.get("registers", {})
    assert isinstance(declared, dict)
    rows: dict[str, Any] = {name: dict(row) for name, row in expanded(declared).items()}
    names = {row["offset"]: name for name, row in rows.items()}
    for offset, value in _words(device, segments):
        row = rows.setdefault(names.get(offset, f"WORD_{offset:03X}"), {"offset": offset, "writable": 0})
        row["reset"] = value & (1 << 8 * row.get("size", WORD)) - 1
    return replace(device, parameters={**device.parameters, "registers": rows})


def _words(device: DeviceSpec, segments: Sequence[Segment]) -> list[tuple[int, int]]:
    """Return (offset, value) of the words that ``segments`` have bytes of; erased bytes around them are 0xff."""
    found: dict[int, bytearray] = {}
    for segment in segments:
        data = segment.data.ljust(segment.memory_size, b"\0")
        for index in range(max(0, device.address - segment.address), len(data)):
            offset = segment.address + index - device.address
            if offset >= device.size:
                break
            found.setdefault(offset & -WORD, bytearray(b"\xff" * WORD))[offset % WORD] = data[index]
    return [(offset, int.from_bytes(word, "little")) for offset, word in sorted(found.items())]
