"""Assembles Thumb-2 of the M profile, with labels, for tests and scenarios. The only user of Keystone.

Keystone answers some wrong programs with no code or with wrong code instead of an error. What is known of that is
refused here: statements it drops, CBZ and CBNZ to a label they cannot reach, and relocation operators (:lower16:),
which it encodes as 0. Two things differ from the GNU assembler: 1: 1b 1f labels do not exist, and a label in a literal
has bit 0 clear even after .thumb_func.
"""

from __future__ import annotations

import re
import struct
from functools import cache

from emulator.annotations import Any
from emulator.errors import ConfigError

CPUS = ("cortex-m0", "cortex-m3", "cortex-m4", "cortex-m7")
"""GNU names; they decide which instructions exist. The last two have an FPU, single and double precision."""

DEFAULT_CPU = "cortex-m4"

_COMPARE_AND_BRANCH = re.compile(r"\b(?=cbn?z(?:\.[nw])?\s+\w+\s*,\s*([A-Za-z_.$][\w.$]*))", re.IGNORECASE)
_COMMENT = re.compile(r"(@|//).*")
_RELOCATION = re.compile(r":(?:lower|upper)16:", re.IGNORECASE)
_SHOWN_STATEMENT = 60
_FARTHEST_COMPARE_AND_BRANCH = 126
_STATEMENTS_BEFORE_TEXT = 1


class AsmError(ConfigError):
    """The text is not assembly of the M profile. The message names the statement that is wrong, where it can."""


class _Refused(Exception):
    """Keystone takes no part of the text; the message says why."""


def assemble(text: str, address: int = 0, cpu: str = DEFAULT_CPU) -> bytes:
    """Return the machine code of ``text``, unified GNU syntax, linked to run at ``address`` (a multiple of 2).

    Statements are separated by line ends or semicolons; ``@`` and ``//`` begin comments, in strings too. Labels
    (``loop:``), literals (``ldr r0, =0x12345678``, placed after the code) and directives (``.word``, ``.space``,
    ``.align``) work. ``cpu`` is one of CPUS. Raises AsmError.
    """
    text = _COMMENT.sub("", text)
    if not text.isascii() or "\0" in text or _RELOCATION.search(text):
        raise AsmError("the assembly text holds a character or operator that cannot be assembled; use plain ASCII")
    if cpu not in CPUS:  # Keystone would take a core with other instructions
        raise AsmError(f"the assembler knows no core {cpu!a}; choose one of {', '.join(CPUS)}")
    if address % 2 or not 0 <= address < 1 << 32:
        raise AsmError(f"code cannot run at 0x{address:x}; give an even 32-bit address")
    try:
        code = _run(text, address, cpu)
    except _Refused as error:
        statement = _wrong_statement(text, address, cpu, str(error))
        raise AsmError(f'the assembler refuses "{statement}": {error}. Correct the statement.') from None
    _check_compare_and_branch(text, address, cpu)
    return code


def _run(text: str, address: int, cpu: str) -> bytes:
    import keystone

    try:
        code, statements = _keystone().asm(f".cpu {cpu}\n{text}", address, True)
    except keystone.KsError as error:
        raise _Refused(error.message) from None
    # Dropped code shows as a statement count of zero, where even an empty text has the directive's own.
    if statements < _STATEMENTS_BEFORE_TEXT:
        raise _Refused("not an instruction of this core, or operands it does not take")
    return bytes(code or b"")


def _wrong_statement(text: str, address: int, cpu: str, message: str) -> str:
    """Return the first statement with which the assembler stops for the same reason, else the whole text, cut."""
    statements = [part for line in text.splitlines() for part in line.split(";")]
    for count in range(1, len(statements) + 1):
        try:
            _run("\n".join(statements[:count]), address, cpu)
        except _Refused as error:
            # A part of the text may also miss labels that follow, which is another message.
            if str(error) == message and "symbol" not in message.lower():
                return _cut(statements[count - 1])
    return _cut(text)


def _cut(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _SHOWN_STATEMENT else line[:_SHOWN_STATEMENT] + "..."


def _check_compare_and_branch(text: str, address: int, cpu: str) -> None:
    """Raise AsmError when a CBZ or CBNZ goes to a label that is before it or too far after it."""
    targets = _COMPARE_AND_BRANCH.findall(text)
    if not targets:
        return
    # The distances are asked of the assembler: as words before the code, between a label at each instruction and its
    # target. The code itself stays at its address, or at one as aligned.
    places = iter(range(len(targets)))
    labelled = _COMPARE_AND_BRANCH.sub(lambda match: f"v7m_place_{next(places)}: ", text)
    words = ", ".join(f"{target} - v7m_place_{index}" for index, target in enumerate(targets))
    size = 4 * len(targets)
    start = address - size if address >= size else address + (1 << 20) - size
    try:
        distances = struct.unpack_from(f"<{len(targets)}i", _run(f".word {words}\n{labelled}", start, cpu))
    except _Refused:
        return  # inside a macro, where labels are made of arguments: it cannot be told
    for target, distance in zip(targets, distances, strict=True):
        # A branch to the next instruction is assembled as a NOP, which does the same.
        if distance != 2 and not 0 <= distance - 4 <= _FARTHEST_COMPARE_AND_BRANCH:
            raise AsmError(
                f"CBZ or CBNZ cannot reach {target}, {distance} bytes away. Branch at most "
                f"{_FARTHEST_COMPARE_AND_BRANCH + 4} bytes forward."
            )


@cache
def _keystone() -> Any:  # the library has no type information
    import keystone  # loaded only where something is assembled

    return keystone.Ks(keystone.KS_ARCH_ARM, keystone.KS_MODE_THUMB)
