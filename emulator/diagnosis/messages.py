"""A value that came in a message: the call that sent it, and the memory that the sender had it in.

The last message before the receipt counts that has the word in the same place and was sent to the same queue; of POSIX
queues, whose descriptors each thread may have opened itself, to any. State: none.
"""

from __future__ import annotations

from emulator.annotations import NamedTuple
from emulator.bits import WORD_MASK
from emulator.diagnosis.given import LEAST, LONGEST, PIECE, call_number
from emulator.diagnosis.places import where_is
from emulator.diagnosis.replay import Replay, State, Store
from emulator.timetravel.checkpoint import Position
from emulator.trace.why import WhyStep

CLASSIC = ("rtems_message_queue_send", "rtems_message_queue_urgent", "rtems_message_queue_broadcast")
SENDS = frozenset((*CLASSIC, "mq_send", "mq_timedsend"))
RECEIPTS = frozenset(("rtems_message_queue_receive", "mq_receive", "mq_timedreceive"))
LONGEST_MESSAGE = 64
"""Bytes of a message by which it is known again."""
MOST_LOOKED_AT = 256
"""Messages whose contents are looked at."""
QUEUE, BUFFER, SIZE = 0, 1, 2
NUMBER = 12


class Sent(NamedTuple):
    """The call ``state`` sent a message whose word at ``address`` is the value."""

    state: State
    address: int


def tell_sent(replay: Replay, steps: list[WhyStep], store: Store, address: int, value: int) -> Sent | None:
    """Say which call sent the message whose word ``value`` the kernel has put to ``address`` by ``store``.

    None, and nothing is said, where it was no message, or none with that word is found within LONGEST instructions.
    """
    if replay.story is None:
        return None
    registers = store.state.registers
    name = replay.story.call_name(registers[NUMBER])
    if name not in RECEIPTS:
        return None
    offset = address - registers[BUFFER]
    queue = None if name.startswith("mq_") else registers[QUEUE]
    replay.traveller.goto(store.state.position)
    replay.traveller.step()
    received = replay.peek(registers[BUFFER], LONGEST_MESSAGE) or b""
    is_plain = value >= LEAST or _is_function(replay, value)  # else a number that others may have sent, too
    whole = b"" if is_plain else received
    if offset < 0 or not (is_plain or received):
        return None
    found = _search(replay, store.state.position, offset, value, queue, whole)
    if found is not None:
        replay.traveller.goto(found.state.position)
        where, now = where_is(replay), replay.machine.clock.now
        text = f"{where.call} had sent 0x{value:08x} in a message, at {now:,} in {where.thread}"
        steps.append(WhyStep("memory", text, now, found.state.pc, where.place, where.caller, where.thread, value=value))
    return found


def _is_function(replay: Replay, value: int) -> bool:
    """Whether a word that is small enough for a number is the address of a function all the same."""
    symbol = replay.machine.image.symbols.find_code(value & ~1) if value & 1 else None
    return symbol is not None and symbol.address & ~1 == value & ~1


def _search(
    replay: Replay, end: Position, offset: int, value: int, queue: int | None, whole: bytes
) -> Sent | None:  # fmt: skip
    """Return the last call before ``end`` that sent ``value``, in a message that ``whole`` begins with, if given."""
    first, looked_at = end, 0
    while end.executed > 0 and first.executed - end.executed < LONGEST and looked_at < MOST_LOOKED_AT:
        start = Position(max(0, end.executed - PIECE), 0)
        replay.traveller.goto(start)
        calls = [one for one in replay.states_to(end) if one.position < end and _is_sending(replay, one, queue)]
        for state in reversed(calls[looked_at - MOST_LOOKED_AT :]):
            looked_at += 1
            replay.traveller.goto(state.position)
            at = state.registers[BUFFER] + offset & WORD_MASK
            word = replay.peek(at, 4) if offset + 4 <= state.registers[SIZE] else None
            size = min(state.registers[SIZE], len(whole))
            if word is not None and int.from_bytes(word, "little") == value:
                is_same = not whole or replay.peek(state.registers[BUFFER], size) == whole[:size]
                if is_same:
                    return Sent(state, at)
        end = start
    return None


def _is_sending(replay: Replay, state: State, queue: int | None) -> bool:
    number = None if state.is_frame else call_number(replay, state)
    if number is None or replay.story is None or (queue is not None and state.registers[QUEUE] != queue):
        return False
    name = replay.story.call_name(number)
    return name in SENDS and (name in CLASSIC) is (queue is not None)
