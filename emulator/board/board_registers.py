"""Registers in board files: those of a device, those that a board lays over its devices, and devices alike.

A device that is ``like`` another has its type, size, interrupt rules and registers, and what it says itself on top.
"""

from __future__ import annotations

from emulator.annotations import Any
from emulator.board.table_reader import Reader
from emulator.devices.catalog import DeviceSpec
from emulator.devices.peripheral import REGISTER_LINES
from emulator.errors import ConfigError
from emulator.program_file import printable

LIKE = "like"
UNIMPLEMENTED = "unimplemented"
"""The table of a board's blocks that read as zero, a line each."""
_SHARED = ("type", "size", *REGISTER_LINES, "registers")


def silent_devices(reader: Reader, tables: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the blocks of the table ``unimplemented`` as devices. Raises ConfigError."""
    rows = []
    for name, row in reader.table(tables, UNIMPLEMENTED).items():
        if not isinstance(row, dict) or "type" in row or "name" in row:
            raise reader.error(name, "is no block", "Write NAME = { address = 0x40000000, size = 0x400 }")
        rows.append({"type": UNIMPLEMENTED, "name": name} | row)
    return rows


def with_likenesses(reader: Reader, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the devices of a board with what those that are ``like`` others have of them. Raises ConfigError."""
    if not any(LIKE in row for row in rows):
        return rows
    by_name = {row["name"]: row for row in rows if isinstance(row.get("name"), str)}
    return [_likeness(reader, row, by_name) if LIKE in row else row for row in rows]


def _likeness(reader: Reader, row: dict[str, Any], by_name: dict[str, dict[str, Any]]) -> dict[str, Any]:
    name = reader.text(row, LIKE)
    model = by_name.get(name)
    if model is None or LIKE in model:
        problem = "is itself like another" if model is not None else "is no device of this board"
        inner = reader.inside(f"device {printable(str(row.get('name')), 40)}")
        raise inner.error(LIKE, f"{printable(name, 40)!r} {problem}", "Name one that has its own registers")
    result = {key: model[key] for key in _SHARED if key in model} | {k: v for k, v in row.items() if k != LIKE}
    own = row.get("registers")
    if isinstance(own, dict) and isinstance(model.get("registers"), dict):
        result["registers"] = model["registers"] | own
    return result


def read_overlay(reader: Reader, tables: dict[str, Any]) -> DeviceSpec | None:
    """Return the registers that a board lays over its devices: ``address`` says where each is."""
    if not tables:
        return None
    rows = {}
    for name, row in tables.items():
        inner = reader.inside(f"registers.{printable(name, 40)}")
        if not isinstance(row, dict) or "offset" in row:
            raise inner.error("address", "is where a register of the board is", "Write NAME = { address = 0x40000000 }")
        address = inner.number(row, "address")
        rows[name] = {key: value for key, value in row.items() if key != "address"} | {"offset": address}
    check_registers(reader, rows, {}, 1 << 32)
    from emulator.devices.declared_registers import expanded

    return DeviceSpec("", "registers", 0, 1 << 32, {}, {"registers": expanded(rows), "size": 1 << 32})


def check_registers(reader: Reader, rows: dict[str, Any], lines: dict[str, str], size: int) -> None:
    """Refuse registers that a device of ``size`` bytes cannot have. Raises ConfigError."""
    from emulator.devices.declared_registers import read_registers  # few boards have any

    try:
        read_registers(rows, lines, size)
    except ConfigError as error:
        raise ConfigError(f"{reader.where}: {error}") from None
