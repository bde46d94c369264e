"""Registers as a board file declares them, one table a register, as values: what a read and a write do.

docs/boards.md says what each key means. Everything is checked here; the device (registers.py) only does what it says.
"""

from __future__ import annotations

from collections.abc import Mapping

from emulator.annotations import Any, NamedTuple
from emulator.bits import mask
from emulator.devices.pin_levels import LAYOUTS
from emulator.devices.register_rules import Expression, Rule, read_expression, read_fields, read_rules
from emulator.errors import ConfigError
from emulator.program_file import printable

MOST_REGISTERS = 20_000
MOST_VALUES = 1024
"""Values of one sequence."""

_CHANGES = ("one_clears", "one_sets", "one_toggles", "zero_clears")
_NUMBERS = ("offset", "size", "count", "step", "reset", "read_clears", "writable", *_CHANGES)
_FLAGS = ("repeats", "sends", "receives", "pulse")
_TEXTS = ("sets", "clears", "clears_high", "toggles", "shows", "rules", "fields", "when", "pins")
KEYS = (*_NUMBERS, *_FLAGS, *_TEXTS, "reads")
_OTHERS = ("sets", "clears", "clears_high", "toggles", "shows")


class RegisterSpec(NamedTuple):
    """A register of ``size`` bytes at ``offset``.

    ``writable`` are the bits that keep what is written; those of ``one_clears`` and its like do what they are called,
    and ``read_clears`` go with a read. ``reads`` is what the reads answer one after the other; at its end the last
    stays, or it ``repeats``. ``sends``: the low byte of a write goes to the console; ``receives``: a read takes a byte;
    both only ``when`` an expression holds, else it is a plain register. ``pulse``: what is written is there for the
    rules only. ``sets``, ``clears``, ``clears_high`` and ``toggles`` name the register that the ones of a write change
    (``clears_high``: those of the upper half), ``shows`` the one that is read instead. ``pins`` is how the port is made
    whose levels a read answers (pin_levels.py).
    ``fields`` are (low bit, width) by name.
    """

    name: str
    offset: int
    size: int
    reset: int
    writable: int
    one_clears: int
    one_sets: int
    one_toggles: int
    zero_clears: int
    read_clears: int
    reads: tuple[int, ...]
    repeats: bool
    sends: bool
    receives: bool
    pulse: bool
    sets: str
    clears: str
    clears_high: str
    toggles: str
    shows: str
    fields: Mapping[str, tuple[int, int]]
    rules: tuple[Rule, ...]
    when: Expression
    pins: str


class DeclaredRegisters(NamedTuple):
    """The registers of a device by name, in the order of their offsets, and when its interrupt lines are high."""

    registers: Mapping[str, RegisterSpec]
    lines: Mapping[str, Expression]


def read_registers(tables: Mapping[str, Any], lines: Mapping[str, str], size: int) -> DeclaredRegisters:
    """Return the registers that ``tables`` declare in a device of ``size`` bytes.

    ``lines`` are the expressions of its interrupt lines, some of REGISTER_LINES. Raises ConfigError.
    """
    fields: dict[str, dict[str, tuple[int, int]]] = {}
    sizes: dict[str, int] = {}
    for name, table in tables.items():
        _check_keys(name, table)
    tables = expanded(tables)
    for name, table in tables.items():
        sizes[name] = table.get("size", 4)
        with_name(name, lambda name=name, table=table: fields.update({name: _fields(table, sizes[name])}))
    found = [
        with_name(name, lambda name=name, table=table: _register(name, table, fields, sizes))
        for name, table in tables.items()
    ]
    found.sort(key=lambda register: register.offset)
    _check_places(found, size)
    drives = {line: read_expression(text, "", fields, sizes) for line, text in lines.items() if text}
    return DeclaredRegisters({register.name: register for register in found}, drives)


def expanded(tables: Mapping[str, Any]) -> dict[str, Any]:
    """Return the registers with each row of ``count`` equal ones as NAME0, NAME1 and so on, ``step`` bytes apart."""
    found: dict[str, Any] = {}
    for name, table in tables.items():
        count = table.get("count", 0)
        if len(found) + count > MOST_REGISTERS:
            raise ConfigError(f"registers: are too many for a device. Declare at most {MOST_REGISTERS}.")
        if not count:
            found[name] = table
        for index in range(count):
            offset = table["offset"] + index * table.get("step", table.get("size", 4))
            found[f"{name}{index}"] = {**table, "offset": offset}
    return found


def with_name(name: str, act: Any) -> Any:
    """Return what ``act`` returns; a ConfigError of it gets the register's name in front."""
    try:
        return act()
    except ConfigError as error:
        raise ConfigError(f"registers.{printable(name, 40)}: {error}") from None


def _check_keys(name: str, table: Any) -> None:
    where = f"registers.{printable(name, 40)}"
    if not name.replace("-", "_").isidentifier() or not isinstance(table, Mapping):
        raise ConfigError(f"{where}: must be a table of a register. Write it as NAME = {{ offset = 0x00 }}.")
    for key, value in table.items():
        if key not in KEYS:
            from difflib import get_close_matches  # mistakes are rare

            near = get_close_matches(key, KEYS, n=1)
            remedy = f"Did you mean {near[0]!r}?" if near else f"Known: {', '.join(sorted(KEYS))}."
            raise ConfigError(f"{where}: {printable(key, 40)}: unknown key. {remedy}")
        kind = int if key in _NUMBERS else bool if key in _FLAGS else str if key in _TEXTS else list
        is_right = type(value) is kind or (kind is list and type(value) is tuple)
        if not is_right or (kind is int and not 0 <= value < 1 << 32) or (kind is str and not value.isprintable()):
            words = {int: "a number of 32 bits", bool: "true or false", str: "a text of one line", list: "a list"}
            raise ConfigError(f"{where}: {key}: must be {words[kind]}, not {printable(repr(value), 40)}. Change it.")
    if "offset" not in table:
        raise ConfigError(f"{where}: offset: is missing. Add it.")
    if table.get("size", 4) not in (1, 2, 4):
        raise ConfigError(f"{where}: size: must be 1, 2 or 4 bytes, not {table['size']}. Change it.")
    if table["offset"] % table.get("size", 4):
        raise ConfigError(f"{where}: offset: 0x{table['offset']:x} is not a multiple of its size. Change it.")


def _fields(table: Mapping[str, Any], size: int) -> dict[str, tuple[int, int]]:
    return read_fields(table.get("fields", ""), 8 * size)


def _register(name: str, table: Mapping[str, Any], fields: Any, sizes: Mapping[str, int]) -> RegisterSpec:
    size = sizes[name]
    most = mask(8 * size)
    for key in _OTHERS:
        if table.get(key) and table[key] not in sizes:
            raise ConfigError(f"{key}: there is no register {printable(table[key], 40)!r} in this device. Name one.")
    reads = tuple(table.get("reads", ()))
    if len(reads) > MOST_VALUES or not all(type(value) is int and 0 <= value <= most for value in reads):
        raise ConfigError(f"reads: must be at most {MOST_VALUES} numbers of {8 * size} bits. Change it.")
    for key in ("reset", "read_clears", *_CHANGES):
        if table.get(key, 0) > most:
            raise ConfigError(f"{key}: 0x{table[key]:x} does not fit {size} bytes. Change it.")
    rules = tuple(read_rules(table.get("rules", ""), name, fields, sizes))
    followed = 0
    for rule in rules:
        followed |= rule.target.mask if rule.verb == "=" else 0
    when = table.get("when", "1")
    special = followed
    for key in _CHANGES:
        special |= table.get(key, 0)
    return RegisterSpec(
        name=name, offset=table["offset"], size=size, reset=table.get("reset", 0),
        writable=table.get("writable", most) & most & ~special,
        **{key: table.get(key, 0) for key in ("read_clears", *_CHANGES)}, reads=reads,
        **{key: table.get(key, False) for key in _FLAGS}, **{key: table.get(key, "") for key in _OTHERS},
        fields=fields[name], rules=rules, when=read_expression(when, name, fields, sizes), pins=_pins(table, sizes),
    )  # fmt: skip


def _pins(table: Mapping[str, Any], sizes: Mapping[str, int]) -> str:
    pins: str = table.get("pins", "")
    if pins and pins not in LAYOUTS:
        raise ConfigError(f"pins: there is no {printable(pins, 40)!r}. Known: {', '.join(LAYOUTS)}.")
    missing = [name for name in LAYOUTS[pins].registers if name not in sizes] if pins else []
    if missing:
        raise ConfigError(f"pins: the device has no {missing[0]}, which {pins!r} asks for. Declare it.")
    return pins


def _check_places(found: list[RegisterSpec], size: int) -> None:
    end, before = 0, ""
    for register in found:
        if register.offset < end:
            raise ConfigError(f"registers.{register.name}: overlaps {before}. Move one of them.")
        end, before = register.offset + register.size, register.name
    if end > size:
        raise ConfigError(f"registers.{before}: ends at 0x{end:x}, behind the device's size 0x{size:x}. Raise size.")
