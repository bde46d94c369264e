"""Why a run ended as it did, as far as a second run of it has shown: what a report prints below its first sentence.

Data and its form as text and as JSON; what is found out is emulator/diagnosis's matter.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from textwrap import wrap

from emulator.annotations import Any
from emulator.records import dataclass

WIDTH = 108
"""Columns of a sentence, where its words allow it."""
_PLACE = re.compile(r" (?=\([^\s()]+:\d+\))")
"""The blank within ``serve (main.c:28)``: a place is not broken."""
_KEPT = "\N{NO-BREAK SPACE}"


@dataclass(frozen=True, slots=True)
class WhyStep:
    """One sentence, ``text``, and what it is about.

    ``kind`` is ``register`` (an instruction gave a value to ``register``), ``store`` (memory was stored to),
    ``initial`` (nothing has stored there), ``departure`` (execution left the program's code),
    ``decision`` (a branch led to the call that ended the run), ``memory`` (what the
    memory was before) or ``end`` (why the search ends). ``time`` is virtual and ``pc`` the instruction, None where
    there is none; ``place`` says where that is, ``caller`` the program's own call that led there ('': it is in the
    program's own code). ``thread`` is who executed it, ``address`` and ``size`` the memory, ``object`` its name.
    """

    kind: str
    text: str
    time: int | None = None
    pc: int | None = None
    place: str = ""
    caller: str = ""
    thread: str = ""
    instruction: str = ""
    register: str = ""
    address: int | None = None
    size: int | None = None
    object: str = ""
    value: int | None = None


@dataclass(frozen=True, slots=True)
class Why:
    """What a second run has shown, in ``steps``; ``within``: how many instructions back it was looked.

    ``departed`` completes the first sentence where execution had left the program's code before, a block that is
    freed was freed already, or the memory was a local of a function that has returned. ``is_gone``: the
    memory was a local of a function that has returned. ``called_by``: the library's function that faulted, and the
    program's own with its line that had called it, for a first sentence whose backtrace does not know it.
    """

    steps: tuple[WhyStep, ...]
    within: int
    departed: str = ""
    is_gone: bool = False
    called_by: tuple[str, str] = ("", "")


def why_lines(why: Why | None) -> Iterator[str]:
    """Yield the sentences as a report has them; nothing where nothing was found."""
    if why is None or not why.steps:
        return
    for number, step in enumerate(why.steps):
        whole = _PLACE.sub(_KEPT, step.text)
        lines = wrap(whole, WIDTH, break_long_words=False, break_on_hyphens=False) or [""]
        first, *more = (line.replace(_KEPT, " ") for line in lines)
        yield f"{'why  ' if not number else '     '}{first}"
        yield from (f"       {line}" for line in more)


def why_object(why: Why | None) -> dict[str, Any] | None:
    """Return the same as plain values."""
    if why is None:
        return None
    return {"within": why.within, "steps": [_step(step) for step in why.steps]}


def _step(step: WhyStep) -> dict[str, Any]:
    return {
        "kind": step.kind,
        "text": step.text,
        "time": step.time,
        "pc": _word(step.pc),
        "place": step.place or None,
        "caller": step.caller or None,
        "thread": step.thread or None,
        "instruction": step.instruction or None,
        "register": step.register or None,
        "address": _word(step.address),
        "size": step.size,
        "object": step.object or None,
        "value": _word(step.value),
    }


def _word(value: int | None) -> str | None:
    return None if value is None else f"0x{value:08x}"
