"""The table of all registers for docs/registers.md, from their declarations.

``python -m emulator.armv7m.registers > docs/registers.md`` writes it.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator

import emulator.armv7m.scs  # noqa: F401 - fills the registry
from emulator.annotations import NamedTuple
from emulator.armv7m.registers import Field, Kind, Register, all_registers

HEADER = """# Registers

Every register of the Private Peripheral Bus that the emulator has, from the same declarations that it runs on. Written
by `python -m emulator.armv7m.registers`; a test compares.

Access: RW, RO and WO as usual; RC is cleared by reading, W1C by writing ones, W1S is set by writing ones. "word" and
"any" are the sizes of access that work; of a register for words, a byte or halfword reads as zero and is not written.
Unprivileged code gets a BusFault unless the last column says otherwise. Addresses that are not listed read as zero and
ignore writes.

| Address | Register | Access | Reset | Size | What it is | Unprivileged |
|---|---|---|---|---|---|---|
"""
FIELDS_HEADER = """
## Fields

| Register | Bits |
|---|---|
"""


class Row(NamedTuple):
    """One line of the table: plain strings."""

    address: str
    name: str
    access: str
    reset: str
    size: str
    title: str
    unprivileged: str


def access(register: type[Register]) -> str:
    """Return how the register as a whole is accessed: ``RO``, ``WO``, ``RW``, or the one kind that all fields have."""
    kinds = {field.kind for field in register.FIELDS.values()}
    if len(kinds) == 1:
        return str(kinds.pop())
    return str(Kind.RO) if kinds <= {Kind.RO, Kind.RC} else str(Kind.RW)


def row(register: type[Register]) -> Row:
    """Return the line of one declaration, or of all registers of an array."""
    last = register.ADDRESS + register.STRIDE * (register.COUNT - 1)
    single = register.COUNT == 1
    reset = register.RESET
    title = (register.__doc__ or "").splitlines()[0]
    return Row(
        f"{register.ADDRESS:#010x}" if single else f"{register.ADDRESS:#010x} .. {last:#010x}",
        register.__name__ if single else f"{register.__name__}0-{register.COUNT - 1}",
        access(register),
        f"{reset:#010x}" if isinstance(reset, int) else reset,
        "any" if register.NARROW else "word",
        title.split(", ", 1)[-1],
        register.UNPRIVILEGED,
    )


def rows() -> list[Row]:
    """Return the table by ascending address."""
    return [row(register) for register in all_registers()]


def describe_field(field: Field) -> str:
    """Return ``PRIGROUP 10:8``, with the kind behind it where it is not RW."""
    bits = f"{field.high}" if field.high == field.low else f"{field.high}:{field.low}"
    return f"{field.name} {bits}" + ("" if field.kind is Kind.RW else f" {field.kind}")


def markdown() -> Iterator[str]:
    """Yield docs/registers.md in pieces."""
    yield HEADER
    for line in rows():
        yield "| " + " | ".join(f"`{cell}`" if index < 2 else cell for index, cell in enumerate(line)) + " |\n"
    yield FIELDS_HEADER
    for register in all_registers():
        fields = ", ".join(describe_field(field) for field in register.FIELDS.values())
        yield f"| `{row(register).name}` | {fields} |\n"


def main() -> None:
    """Write docs/registers.md to standard output."""
    sys.stdout.writelines(markdown())
