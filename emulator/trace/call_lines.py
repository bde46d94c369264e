"""A backtrace as lines of text. What the C library and the kernel do among themselves is folded; JSON has it all.

Of library functions in a row the innermost is shown and the one that the program called, the others are named behind
that. Those that called the program's outermost function share a line.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from emulator.debuginfo.source import shown_source
from emulator.image.cxx_names import readable
from emulator.trace.backtrace import Backtrace, Frame
from emulator.trace.own_code import is_library, own_index

Paint = Callable[[str, str], str]
"""(kind, text) -> text. Kinds: headline, good, place, address, decided, dim."""

INDENT = "  "
_RELATIONS = {"tail call": "tail call in  ", "sent on": "the kernel went on elsewhere than in "}


def plain(kind: str, text: str) -> str:
    """Return ``text`` as it is."""
    return text


def plain_call_lines(trace: Backtrace, instruction: str = "") -> list[str]:
    """Return the same lines without colour."""
    return [line.rstrip() for line in call_lines(trace, plain, instruction)]


def call_lines(trace: Backtrace, paint: Paint, instruction: str = "") -> Iterator[str]:
    """Yield a line a frame, with the innermost ``instruction`` below its own; frames that repeat share one."""
    frames = trace.frames
    index = 0
    while index < len(frames):
        end = index + 1
        limit = trace.gap if index < trace.gap else len(frames)
        while index > 0 and end < limit and frames[end] == frames[index]:
            end += 1
        if trace.omitted and index == trace.gap:
            yield f"{INDENT}... {trace.omitted} frames left out ..."
        folded = _folded(trace, index) if end == index + 1 else 0
        if folded and index + folded == len(frames):
            yield f"{INDENT}{_relation(frames, index)}{', '.join(_name(frame) for frame in frames[index:])}"
            break
        through = f"  (through {', '.join(_name(f) for f in frames[index : index + folded])})" if folded else ""
        repeated = f"  ({end - index} times)" if end - index > 1 else ""
        shown = frames[index + folded]
        yield f"{INDENT}{_relation(frames, index)}{frame_words(shown, paint)}{through}{repeated}"
        if index == 0 and instruction:
            yield f"{INDENT * 3}{instruction}"
        index = end + folded
    if trace.unknown:
        yield f"{INDENT}further calls are unknown: {trace.unknown}"


def _folded(trace: Backtrace, index: int) -> int:
    """Return how many frames from ``index`` on are left out in front of the one that is shown.

    At the outermost end all of them are: the line names those.
    """
    frames = trace.frames
    if index == 0 or trace.omitted or own_index(trace) is None or not _is_foldable(frames, index):
        return 0
    end = index
    while end < len(frames) and _is_foldable(frames, end):
        end += 1
    count = end - index
    return count if end == len(frames) and count > 1 else count - 1


def _is_foldable(frames: Sequence[Frame], index: int) -> bool:
    frame = frames[index]
    is_plain = not (frame.exception or frame.relation or frame.inlined or frames[index - 1].inlined or frame.guessed)
    return is_plain and frame.symbol is not None and is_library(frame)


def _relation(frames: Sequence[Frame], index: int) -> str:
    """Return how a frame is related to the one before it."""
    if index == 0:
        return ""
    if frames[index].exception:
        return f"{frames[index].exception} interrupted "
    if frames[index].relation:
        return _RELATIONS.get(frames[index].relation) or f"{frames[index].relation} from "
    return "inlined in   " if frames[index - 1].inlined else "called from  "


def frame_words(frame: Frame, paint: Paint) -> str:
    """Return where a frame is, with its source line."""
    guessed = "  (guessed)" if frame.guessed else ""
    if frame.inlined or frame.symbol is None:
        name = readable(frame.function) or f"0x{frame.pc:08x}"
        name += f" in the data object {frame.data}" if frame.data else ""
    else:
        symbol = readable(frame.symbol)
        if symbol.startswith("_Z") and frame.function and frame.line:
            return f"{frame.function}{_source(frame, paint)}{guessed}"
        name = f"{symbol}+0x{frame.offset:x}" if frame.offset else symbol
    return f"{name}{_source(frame, paint)}{guessed}"


def _name(frame: Frame) -> str:
    return readable(frame.function or frame.symbol or "") or f"0x{frame.pc:08x}"


def _source(frame: Frame, paint: Paint) -> str:
    return f"  {paint('place', f'{shown_source(frame.path)}:{frame.line}')}" if frame.line else ""
