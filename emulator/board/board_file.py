"""Reads a board from TOML: one of the boards that come with the package, by name, or a user's own file.

docs/boards.md describes the format. Every mistake ends in one line that names the file, the key and the remedy.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping

from emulator.annotations import Any
from emulator.armv7m.core import CoreConfig
from emulator.armv7m.systick import SysTickClocks
from emulator.board.board import Board, MemorySpec, suggestion
from emulator.board.board_registers import check_registers, read_overlay, silent_devices, with_likenesses
from emulator.board.plain_toml import read_plainly
from emulator.board.table_reader import Reader
from emulator.devices.catalog import DEVICE_TYPES, NMI, DeviceSpec
from emulator.devices.peripheral import Parameter, Peripheral, Value
from emulator.errors import ConfigError
from emulator.program_file import printable, shown_path
from emulator.records import replace

BOARDS = os.path.join(os.path.dirname(os.path.dirname(__file__)), "boards")
LARGEST_FILE = 8 << 20
"""Bytes of a board file."""
LONGEST_CHAIN = 8
"""Files that one ``extends`` may lead through."""

CORES = {"cortex-m3": (0x410F_C231, False), "cortex-m4": (0x410F_C240, True), "cortex-m7": (0x411F_C272, True)}
"""CPUID and FPU of each core when a board does not say: as QEMU has them."""

DEVICE_KEYS = ("type", "name", "address", "irqs")


def board_names() -> list[str]:
    """Return the names of the boards that come with the package."""
    return sorted(name.removesuffix(".toml") for name in os.listdir(BOARDS) if name.endswith(".toml"))


def _packaged(name: str) -> str:
    """Return the path of a board that comes with the package."""
    return os.path.join(BOARDS, f"{name}.toml")


def load_board(name: str | os.PathLike[str]) -> Board:
    """Return the board called ``name``, or the one in the file ``name``. Raises ConfigError.

    What looks like a path (it has a directory or ends in .toml) is a file; anything else is first looked up among the
    package's boards.
    """
    text = os.fspath(name)
    is_path = os.sep in text or text.endswith(".toml")
    if not is_path and text in board_names():
        return _board(Reader(text), _read(_packaged(text), text), _packaged_device)
    if is_path or os.path.isfile(text):
        shown = shown_path(text)
        return _board(Reader(shown), _read(text, shown), _device)
    raise ConfigError(
        f"unknown board {printable(text, 40)!r}. {suggestion(text, board_names())} "
        "Or give a file with --board FILE.toml."
    )


UART_LINES = {"cmsdk-uart": "combined", "pl011": "interrupt"}


def with_uart(board: Board, text: str) -> Board:
    """Return ``board`` with another UART as its console: ``TYPE@ADDRESS`` or ``TYPE@ADDRESS:IRQ``.

    It takes the place of the UART that was the console; its one interrupt is the combined one. Raises ConfigError.
    """
    type_name, _, place = text.partition("@")
    address, _, irq = place.partition(":")
    if type_name not in UART_LINES:
        remedy = suggestion(type_name, tuple(UART_LINES))
        raise ConfigError(f"--uart {printable(text, 40)!r}: unknown type {printable(type_name, 40)!r}. {remedy}")
    try:
        row = {"type": type_name, "name": "uart", "address": int(address, 0), "console": board.console or "uart"}
        if irq:
            row["irqs"] = {UART_LINES[type_name]: int(irq, 0)}
    except ValueError:
        raise ConfigError(
            f"--uart {printable(text, 40)!r} is not TYPE@ADDRESS:IRQ. Write it as pl011@0x4000c000:5."
        ) from None
    uart = _device(Reader("--uart"), 0, row)
    others = tuple(d for d in board.devices if d.parameters.get("console") != board.console)
    return replace(board, devices=(*others, uart), console=str(row["console"]))


# -- files ---------------------------------------------------------------------------------------------------------


def _read(path: str, shown: str, depth: int = 0) -> dict[str, Any]:
    """Return the tables of a board file with those of the board that it extends."""
    try:
        with open(path, "rb") as file:
            data = file.read(LARGEST_FILE + 1)
        if len(data) > LARGEST_FILE:
            raise ConfigError(f"{shown}: larger than 8 MiB, too large for a board. Give a board file.")
        tables = _parse(data.decode("utf-8"), shown)
    except FileNotFoundError:
        raise ConfigError(f"{shown}: no such board file. Check the path.") from None
    except IsADirectoryError:
        raise ConfigError(f"{shown}: a directory, not a board file. Give the file.") from None
    except UnicodeDecodeError:
        raise ConfigError(f"{shown}: not a text file in UTF-8. Give a board file in TOML.") from None
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise ConfigError(f"{shown}: cannot be read: {printable(reason)}. Check the path.") from None
    tables.setdefault("name", os.path.splitext(os.path.basename(path))[0])
    return _extended(tables, path, shown, depth)


def _parse(text: str, shown: str) -> dict[str, Any]:
    tables = read_plainly(text)
    if tables is not None:
        return tables
    import tomllib

    try:
        return tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        reason = printable(" ".join(str(error).split()), 120) or "nested too deeply"
        raise ConfigError(f"{shown}: not valid TOML: {reason}. See docs/boards.md.") from None


def _extended(tables: dict[str, Any], path: str, shown: str, depth: int) -> dict[str, Any]:
    """Return ``tables`` laid over those of the board that ``extends`` names: entries of equal name are merged."""
    reader = Reader(shown)
    base_name = reader.text(tables, "extends", "")
    removed = tables.pop("remove", [])
    if not base_name:
        if removed:
            raise reader.error("remove", "only a board that extends another can remove entries", "Delete them")
        return tables
    del tables["extends"]
    if depth >= LONGEST_CHAIN:
        raise reader.error("extends", "leads through too many boards, or in a circle", "Name a board that ends it")
    is_path = os.sep in base_name or base_name.endswith(".toml")
    if not is_path and base_name not in board_names():
        raise reader.error("extends", f"unknown board {base_name!r}", suggestion(base_name, board_names()))
    base_path = os.path.join(os.path.dirname(path), base_name) if is_path else _packaged(base_name)
    result = _read(base_path, f"{shown}: extends {base_name}", depth + 1)
    for name in reader.names("remove", removed):
        _remove(result, name, reader)
    for key, value in tables.items():
        if key in ("memory", "device"):
            result[key] = _merged(reader.rows(result, key), reader.rows(tables, key))
        elif isinstance(value, dict) and isinstance(result.get(key), dict):
            result[key] = result[key] | value
        else:
            result[key] = value
    return result


def _remove(tables: dict[str, Any], name: str, reader: Reader) -> None:
    for key in ("memory", "device"):
        rows = reader.rows(tables, key)
        kept = [row for row in rows if row.get("name") != name]
        if len(kept) != len(rows):
            tables[key] = kept
            return
    silent = reader.table(tables, "unimplemented")
    if name in silent:
        tables["unimplemented"] = {key: row for key, row in silent.items() if key != name}
        return
    raise reader.error("remove", f"the board that is extended has no entry {name!r}", "Check the name")


def _merged(base: list[dict[str, Any]], rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    result = [dict(row) for row in base]
    for row in rows:
        same = next((old for old in result if "name" in row and old.get("name") == row["name"]), None)
        if same is None:
            result.append(row)
        elif "type" in row and row["type"] != same.get("type"):
            same.clear()  # another device in the old one's place shares nothing with it
            same.update(row)
        else:
            registers = same.get("registers")
            same.update(row)
            if isinstance(registers, dict) and isinstance(row.get("registers"), dict):
                same["registers"] = registers | row["registers"]
    return result


# -- tables to values of the board ---------------------------------------------------------------------------------

_BOARD_KEYS = (
    *("name", "description", "frequency", "vector_table", "console", "core", "systick", "memory", "device"),
    *("registers", "unimplemented"),
)


_MakeDevice = Callable[["Reader", int, dict[str, Any]], DeviceSpec]


def _board(reader: Reader, tables: dict[str, Any], make_device: _MakeDevice) -> Board:
    reader.known(tables, _BOARD_KEYS)
    frequency = reader.number(tables, "frequency", highest=10**10)
    rows = with_likenesses(reader, reader.rows(tables, "device")) + silent_devices(reader, tables)
    return Board(
        name=reader.text(tables, "name"),
        core=_core(reader.inside("core"), reader.table(tables, "core")),
        memories=tuple(_memory(reader, index, row) for index, row in enumerate(reader.rows(tables, "memory"))),
        devices=tuple(make_device(reader, index, row) for index, row in enumerate(rows)),
        frequency=frequency,
        vector_table=reader.number(tables, "vector_table", 0),
        systick=_systick(reader.inside("systick"), reader.table(tables, "systick"), frequency),
        console=reader.text(tables, "console", ""),
        description=reader.text(tables, "description", ""),
        source=reader.where,
        overlay=read_overlay(reader, reader.table(tables, "registers")),
    )


def _core(reader: Reader, table: dict[str, Any]) -> CoreConfig:
    reader.known(table, ("name", "cpuid", "fpu", "mpu_regions", "irqs", "priority_bits", "bit_band"))
    name = reader.text(table, "name")
    if name not in CORES:
        raise reader.error("name", f"unknown core {name!r}", suggestion(name, tuple(CORES)))
    cpuid, has_fpu = CORES[name]
    return CoreConfig(
        name=name,
        cpuid=reader.number(table, "cpuid", cpuid),
        has_fpu=reader.flag(table, "fpu", has_fpu),
        mpu_regions=reader.number(table, "mpu_regions", 8, 16),
        irq_count=reader.number(table, "irqs", 32, 240),
        priority_bits=reader.number(table, "priority_bits", 3, 8),
        has_bit_band=reader.flag(table, "bit_band", False),
    )


def _systick(reader: Reader, table: dict[str, Any], frequency: int) -> SysTickClocks:
    reader.known(table, ("reference", "tenms", "skew"))
    reference = reader.number(table, "reference", 0, 10**10)
    if reference and frequency % reference:
        raise reader.error("reference", f"{reference} Hz does not divide frequency", "Change one of them")
    tenms, skew = reader.number(table, "tenms", 0, 0xFF_FFFF), reader.flag(table, "skew", False)
    return SysTickClocks(frequency // reference if reference else 0, tenms, skew)


def _memory(reader: Reader, index: int, row: dict[str, Any]) -> MemorySpec:
    name = reader.inside(f"memory[{index}]").text(row, "name")
    reader = reader.inside(f"memory {name}")
    reader.known(row, ("name", "address", "size", "kind", "aliases", "option", "fill", "words", "words_at"))
    kind, option = reader.text(row, "kind", "ram"), reader.text(row, "option", "")
    if kind not in ("ram", "rom"):
        raise reader.error("kind", f"must be 'ram' or 'rom', not {kind!r}", "Change it")
    if option not in ("", "ram", "flash"):
        raise reader.error("option", f"must be 'ram' or 'flash', not {option!r}", "Change it or leave it out")
    address, size = reader.number(row, "address"), reader.number(row, "size", highest=1 << 32)
    fill = reader.number(row, "fill", 0, 0xFF)
    words, at = reader.numbers(row, "words"), reader.number(row, "words_at", 0)
    if words and (option or at % 4 or at + 4 * len(words) > size):
        raise reader.error("words", "must lie in a memory of fixed size, at a multiple of 4", "Change words_at or size")
    aliases = reader.numbers(row, "aliases")
    return MemorySpec(name, address, size, kind == "ram", aliases, option, fill, words, at)


def _device(reader: Reader, index: int, row: dict[str, Any]) -> DeviceSpec:
    name = reader.inside(f"device[{index}]").text(row, "name")
    reader = reader.inside(f"device {name}")
    type_name = reader.text(row, "type")
    if type_name not in DEVICE_TYPES:
        raise reader.error("type", f"unknown device type {type_name!r}", suggestion(type_name, tuple(DEVICE_TYPES)))
    kind = DEVICE_TYPES[type_name]
    reader.known(row, (*DEVICE_KEYS, *kind.PARAMETERS))
    given = {
        key: _parameter(reader, row, key, p) for key, p in kind.PARAMETERS.items() if key in row or not p.is_optional
    }
    address = reader.number(row, "address")
    if address % 4:
        raise reader.error("address", f"0x{address:08x} must be a multiple of 4", "Change it")
    size = given.get("size", kind.size)
    assert isinstance(size, int)
    if size <= 0 or size % 4:
        raise reader.error("size", f"must be a positive multiple of 4, not {size}", "Change it")
    if "registers" in kind.PARAMETERS:
        lines = {line: reader.text(row, line, "", 4000) for line in kind.LINES}
        check_registers(reader, reader.table(row, "registers"), lines, size)
    return DeviceSpec(name, type_name, address, size, _irqs(reader, row, kind), given)


def _packaged_device(reader: Reader, index: int, row: dict[str, Any]) -> DeviceSpec:
    """Return what _device does, for a board that comes with the package: a test looked for mistakes.

    So the module of each device is not imported before the program uses the device.
    """
    given = {key: tuple(item) if isinstance(item, list) else item for key, item in row.items()}
    parameters = {key: item for key, item in given.items() if key not in DEVICE_KEYS}
    irqs = {line: NMI if irq == "nmi" else irq for line, irq in row.get("irqs", {}).items()}
    size: int = row.get("size", Peripheral.size)
    return DeviceSpec(row["name"], row["type"], row["address"], size, irqs, parameters)


def _parameter(reader: Reader, row: Mapping[str, Any], key: str, parameter: Parameter) -> Value:
    if parameter.type is int:
        return reader.number(row, key, highest=parameter.highest)
    if parameter.type is dict:
        return reader.table(row, key)
    if parameter.type is tuple:
        return reader.numbers(row, key, None)
    text = reader.text(row, key, longest=4000)
    if parameter.choices and text not in parameter.choices:
        raise reader.error(key, f"unknown {key} {text!r}", suggestion(text, parameter.choices))
    return text


def _irqs(reader: Reader, row: Mapping[str, Any], kind: type[Peripheral]) -> dict[str, int]:
    table, inner = reader.table(row, "irqs"), reader.inside("irqs")
    inner.known(table, kind.LINES)
    return {line: NMI if value == "nmi" else inner.number(table, line, highest=239) for line, value in table.items()}
