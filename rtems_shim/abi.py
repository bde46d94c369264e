"""The trap ABI: one table of calls. Guest stubs, the dispatcher and docs/rtems-abi.md are generated from it.

A guest stub puts the call's number in r12 and executes ``svc #TRAP_SVC``. Arguments are where the procedure call
standard (AAPCS32) put them for the C prototype: r0-r3, then the caller's stack. The result comes back in r0. The call
never touches r4-r11 or the FP registers.

Argument letters: ``i`` signed word, ``u`` unsigned word, ``p`` pointer into guest memory (0 is NULL), ``s`` pointer to
a NUL-terminated string, ``l`` a 64-bit value (an aligned pair: an even register or 8-byte-aligned stack slot).

Result letters: ``i`` a word returned as it is (an RTEMS status, an error number, a value); ``e`` a word, and when it is
negative -errno, which the C wrapper turns into errno and -1; ``v`` nothing; ``n`` does not return.
"""

from __future__ import annotations

from dataclasses import dataclass

TRAP_SVC = 0x52
"""The SVC immediate of every trap. Not 0, which real RTEMS uses itself."""

NOTE_OWNER = "v7m-rtems"
NOTE_TYPE = 1
ABI_VERSION = 1
"""The ELF note that says an image carries the shim: owner, type, and a little-endian word with this version."""


@dataclass(frozen=True, slots=True)
class Call:
    """One trap: ``number`` in r12, the C ``name`` of its stub, its argument letters and its result letter."""

    number: int
    name: str
    arguments: str
    result: str
