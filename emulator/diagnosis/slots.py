"""What a word of the stack is to the function that loads it: its own, or left over from another that has returned."""

from __future__ import annotations

from emulator.bits import WORD_MASK
from emulator.diagnosis.definitions import Definition, effect_at, find_definition
from emulator.diagnosis.replay import Replay, State, Store, TooFar, Unseen
from emulator.operands import LOAD, MOVE, SP, Stored
from emulator.timetravel.checkpoint import Position

FRAME_POINTERS = (7, 11, SP)
FRAME_SIZE = 4096
"""Bytes from the stack pointer that a function's own variables are in."""
RED_ZONE = 256
MOST_COPIES = 8
"""Moves and places of the frame that one pointer is followed through."""
LONGEST_WALK = 30_000
"""Instructions between a store and a load in which the stack pointer is looked at all the way."""
KEPT, LEFT, OTHER = "kept", "left", ""
"""The function has kept a register there; it is left over from a function that has returned; anything else."""


def stored_by(replay: Replay, store: Store) -> Stored | None:
    """Return the register that ``store`` stores where it was hit, None where that is not known."""
    if store.value is None:
        return None
    replay.traveller.goto(store.state.position)
    found = effect_at(replay, store.state)
    registers, pc = store.state.registers, store.state.pc
    for stored in found[1].stored if found is not None else ():
        if stored.memory.address(registers, pc) + stored.place & WORD_MASK == store.address:
            return stored
    return None


def find_pointer(replay: Replay, register: int, position: Position) -> Definition:
    """Return what made a pointer, through moves and the places of its frame that the function has kept it in.

    Raises Unknown or TooFar as ``find_definition``.
    """
    found = find_definition(replay, register, position)
    for _ in range(MOST_COPIES):
        source = found.source
        if source.kind == MOVE and SP not in source.registers:
            found = find_definition(replay, source.registers[0], found.state.position)
            continue
        memory = source.memory
        if source.kind != LOAD or memory is None or memory.base not in FRAME_POINTERS or memory.index_register >= 0:
            break
        user = found.state
        address = memory.address(user.registers, user.pc) + source.place & WORD_MASK
        try:
            store = replay.last_store(address, 4, user.position)
        except (TooFar, Unseen, ValueError):
            break
        stored = None if store is None else stored_by(replay, store)
        if store is None or stored is None or slot_use(replay, store, stored, address, 4, user) != KEPT:
            break
        found = find_definition(replay, stored.register, store.state.position)
    return found


def slot_use(replay: Replay, store: Store, stored: Stored, address: int, size: int, user: State) -> str:
    """Return what the word is that ``store`` has put at ``address`` and ``user`` loads: KEPT, LEFT or OTHER.

    KEPT is a whole word at a fixed place of the frame, and the frame is the same all the way to the load.
    """
    sp = user.registers[SP]
    if not 0 <= address - sp + RED_ZONE < FRAME_SIZE:
        return OTHER
    distance = user.position.executed - store.state.position.executed
    symbols = replay.machine.image.symbols
    functions = {symbols.find_code(one.pc & ~1) for one in (store.state, user)}
    if distance > LONGEST_WALK:
        is_same = len(functions) == 1 and store.state.registers[SP] == sp
        return KEPT if is_same and _is_plain(store, stored, address, size) else OTHER
    if _was_given_up(replay, store, address, user):
        return LEFT
    return KEPT if _is_plain(store, stored, address, size) else OTHER


def _is_plain(store: Store, stored: Stored, address: int, size: int) -> bool:
    memory = stored.memory
    if memory.index_register >= 0 or memory.base not in FRAME_POINTERS:
        return False
    return stored.size >= size and store.address == address


def _was_given_up(replay: Replay, store: Store, address: int, user: State) -> bool:
    return was_popped(replay, address, store.state.position, user.position, user.ipsr)


def frame_began(replay: Replay, address: int, store: State) -> Position | None:
    """Return when the frame was made that ``address`` is in, on the stack of who is at ``store``.

    That is when the last block before began. None: it is in no frame of that stack, or was for longer than is looked.
    """
    sp = store.registers[SP]
    if not 0 <= address - sp + RED_ZONE < FRAME_SIZE:
        return None
    for state in reversed(replay.blocks_before(store.position, LONGEST_WALK)):
        if not state.is_frame and state.ipsr == store.ipsr and address < state.registers[SP] <= sp + FRAME_SIZE:
            return state.position
    return None


def was_popped(replay: Replay, address: int, start: Position, end: Position, ipsr: int) -> bool:
    """Whether the stack pointer was above ``address`` between two positions: whose frame that was has returned.

    With a kernel, that of the thread in whose stack it is. What other handlers than ``ipsr`` do is left out.
    """
    threads = [] if replay.story is None else replay.story.threads()
    stacks = [range(one.stack_base, one.stack_base + one.stack_size) for one in threads]
    stack = next((one for one in stacks if address in one), None)
    replay.traveller.goto(start)
    for state in replay.states_to(end):
        sp = state.registers[SP]
        if state.position == start or state.is_frame:
            continue  # a push moves the stack pointer down itself
        if state.ipsr != ipsr or (stack is not None and sp - 1 not in stack):
            continue
        if address < sp <= address + FRAME_SIZE:
            return True
    return False
