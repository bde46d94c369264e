"""A pointer that the heap was given back and refused: freed already, or never a block of the heap."""

from __future__ import annotations

from emulator.bits import WORD_MASK
from emulator.diagnosis.heap import FREE, calls_about, heap_calls
from emulator.diagnosis.memory_history import SHOWN_CALLS, block_words
from emulator.diagnosis.origins import Origins
from emulator.diagnosis.places import name_at, where_is
from emulator.diagnosis.replay import LR, Replay, TooFar, Unseen
from emulator.timetravel.checkpoint import Position
from emulator.trace.backtrace import backtrace
from emulator.trace.why import WhyStep

HEAP_NAMES = ("alloc", "free", "memalign", "sbrk")
HEADER, FLAGS = 4, 7
"""The C library's allocator keeps a block's size in front of it, with flags in its low bits."""


def explain_refused_block(replay: Replay, origins: Origins, block: int, end: Position) -> str:
    """Say what became of ``block``, which the last call of free() before ``end`` was given.

    Return what completes the first sentence, '' for nothing.
    """
    calls = heap_calls(replay, end)
    if not calls or calls[-1].name != FREE or calls[-1].freed != block:
        return ""
    last, about = calls[-1], calls_about(calls[:-1], block)
    if not about:
        giver = _tail_caller(replay, origins, last.position)
        origins.follow_register(0, last.position)
        what = _variable(replay, block, last.position)
        given = f"{giver} gave it to free()" if giver else ""
        return "; ".join(part for part in (given, what) if part)
    got = about[-1]
    if got.pointer:
        if got.pointer == block:
            return _overwritten(replay, origins, block, end)
        text = f"{block_words(replay, block, [got])}, {block - got.pointer:,} bytes behind its beginning"
        origins.steps.append(WhyStep("memory", text, address=block))
        replay.traveller.goto(got.position)
        where = where_is(replay)
        return f"it is {block - got.pointer:,} bytes into what {where.owner} got from {got.name}"
    text = block_words(replay, block, [*about, last][-SHOWN_CALLS:])
    origins.steps.append(WhyStep("memory", text, address=block))
    replay.traveller.goto(about[-1].position)
    where = where_is(replay)
    return f"{where.owner} had freed it already, at {replay.machine.clock.now:,}"


def _tail_caller(replay: Replay, origins: Origins, entry: Position) -> str:
    """Say which function went on to free() by a branch, which the calls do not show; return its place, '' for none."""
    if not entry.executed:
        return ""
    replay.traveller.goto(Position(entry.executed - 1, 0))
    state, where = replay.here(), where_is(replay)
    listed = replay.instructions(state, 1)
    if where.caller or not listed or listed[0].mnemonic.partition(".")[0] != "b":
        return ""
    origins.tell_at("register", "went on to free() by a branch", state, listed[0].text)
    return where.place


def _variable(replay: Replay, block: int, position: Position) -> str:
    """Return that ``block`` is a variable of the program's, '' where it is none that has a name."""
    replay.traveller.goto(position)
    name = name_at(replay, block, replay.here().registers[LR] & ~1)
    return f"it is {name}, which no function of the heap gave" if name else ""


def _is_of_heap(replay: Replay) -> bool:
    """Whether any function that executes where the replay is may be one of the heap's own, by its name."""
    machine = replay.machine
    frames = backtrace(machine.registers, machine.image, machine.peek).frames
    return any(part in (frame.symbol or "") for frame in frames for part in HEAP_NAMES)


def _overwritten(replay: Replay, origins: Origins, block: int, end: Position) -> str:
    """Say who stored over the sizes in front of a block that is in use, and of the one behind it."""
    replay.traveller.goto(end)
    size = int.from_bytes(replay.peek(block - HEADER, HEADER) or b"", "little") & ~FLAGS
    for header in (block - HEADER, block + size - HEADER & WORD_MASK):
        try:
            store = replay.last_store(header, HEADER, end)
        except (TooFar, Unseen, ValueError):
            continue
        if store is None:
            continue
        replay.traveller.goto(store.state.position)
        where = where_is(replay)
        if not _is_of_heap(replay):
            origins.tell_store(store)
            return f"{where.words} had overwritten the heap's own word at 0x{header:08x}"
    return ""
