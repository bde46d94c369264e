"""What the memory was before that a bad value came from: blocks of the heap that were freed, stacks that overflowed."""

from __future__ import annotations

from collections.abc import Sequence

from emulator.annotations import Any
from emulator.armv7m.core import Registers
from emulator.diagnosis.beyond import tell_beyond
from emulator.diagnosis.heap import FREE, HeapCall, calls_about, heap_calls
from emulator.diagnosis.places import frame_words, is_ram, where_is
from emulator.diagnosis.replay import SP, Replay, Store, TooFar, Unseen
from emulator.diagnosis.slots import was_popped
from emulator.diagnosis.task_stacks import tell_task_overflow
from emulator.timetravel.checkpoint import Position
from emulator.trace.backtrace import backtrace
from emulator.trace.own_code import own_frame
from emulator.trace.variable_words import local_at, local_in, span_at
from emulator.trace.why import WhyStep

SHOWN_CALLS = 5
LEAVES = ("malloc", "memalign", "aligned_alloc")
"""Functions of the heap that leave a block as it was."""
LONGEST_LOOK = 400_000
"""Instructions that are looked through for the end of a function."""
STACK_OF_BARE = 16384
"""Bytes above the stack pointer of a bare program that are not taken for its heap."""
LOCAL = 1024
"""Bytes from the address of a local that are taken for it."""


def tell_heap(replay: Replay, steps: list[WhyStep], end: Position, stores: Sequence[Store] = ()) -> None:
    """Add to ``steps`` which blocks of the heap the memory was that they are about, if any of those was freed.

    Else, of which block's end one of ``stores``, which they tell of, was behind.
    """
    replay.traveller.goto(end)
    is_freeing = where_is(replay).allocator in (FREE, f"__wrap_{FREE}")
    addresses = [step.address for step in steps if step.address is not None]
    addresses = [address for address in dict.fromkeys(addresses) if _may_be_heap(replay, address, end)]
    if not addresses and not is_freeing:
        return
    calls = heap_calls(replay, end)
    if calls and is_freeing and calls[-1].freed:
        addresses.insert(0, calls[-1].freed)
    for address in addresses if calls is not None else ():
        about = calls_about(calls or [], address)
        if sum(bool(call.freed) for call in about) > (is_freeing and address == calls[-1].freed if calls else 0):
            words = block_words(replay, address, about[-SHOWN_CALLS:])
            if about[-1].name in LEAVES and _is_untouched(replay, steps, address, about[-1].position, end):
                words += "; nothing has stored there since: what was there before is left"
            steps.append(WhyStep("memory", words, address=address))
            return
    tell_beyond(replay, steps, stores, calls or [])


def _is_untouched(replay: Replay, steps: Sequence[WhyStep], address: int, got: Position, end: Position) -> bool:
    """Whether what ``steps`` say was loaded from ``address`` is older than when the block there was ``got`` last."""
    loaded = next((one for one in steps if one.address == address and one.kind == "register" and one.size), None)
    if loaded is None or loaded.size is None:
        return False
    try:
        store = replay.last_store(address, loaded.size, end)
    except (TooFar, Unseen, ValueError):
        return False
    return store is None or store.state.position < got


def _may_be_heap(replay: Replay, address: int, end: Position) -> bool:
    """Whether no object of the image and no stack is at ``address``, which is in RAM."""
    machine = replay.machine
    segment = machine.image.segment_at(address)  # it may be the room that linker scripts leave for the heap, too
    is_filled = segment is not None and address < segment.address + len(segment.data)
    if is_filled or machine.image.symbols.find_object(address) is not None or not is_ram(replay, address):
        return False
    replay.traveller.goto(end)
    if replay.story is not None:
        threads = replay.story.threads()
        return not any(one.stack_base <= address < one.stack_base + one.stack_size for one in threads)
    return not 0 <= address - replay.here().registers[SP] < STACK_OF_BARE


def block_words(replay: Replay, address: int, calls: list[HeapCall]) -> str:
    """Return who got and who freed the memory at ``address`` by ``calls``, as a sentence."""
    freed = 0
    parts = []
    for call in calls:
        replay.traveller.goto(call.position)
        where, now = where_is(replay), replay.machine.clock.now
        who = where.owner
        if call.name == FREE:
            again = " again" if freed == call.freed else ""
            parts.append(f"{who} freed{again} at {now:,}")
        else:
            anew = " anew" if parts else ""
            parts.append(f"{who} got{anew} from {call.name} at {now:,} ({call.size:,} bytes)")
        freed = call.freed
    return f"0x{address:08x} is in memory that {', '.join(parts)}"


def tell_overflow(replay: Replay, steps: list[WhyStep], position: Position, address: int) -> None:
    """Say that the thread which has stored to ``address`` at ``position`` had left its stack."""
    if replay.story is None:
        tell_task_overflow(replay, steps, position, address)
        return
    replay.traveller.goto(position)
    state = replay.here()
    thread = next((one for one in replay.story.threads() if one.executing), None)
    if thread is None or state.ipsr or not thread.stack_size:
        return
    below = thread.stack_base - state.registers[SP]
    if 0 < below < thread.stack_size and address < thread.stack_base:
        words = f"the stack of {replay.story.subject} had overflowed: its stack pointer was {below:,} bytes below it"
        steps.append(WhyStep("memory", words, time=replay.machine.clock.now, thread=replay.story.subject))


def has_returned(replay: Replay, address: int, taken: Position, end: Position) -> bool:
    """Whether the function whose local at ``address`` was referred to at ``taken`` has returned at ``end``, for sure.

    With a kernel, the stack pointer of the thread whose stack it is says so; without one it does where no exception
    returned to a process stack, so that there is one stack only.
    """
    replay.traveller.goto(taken)
    is_single = replay.story is None and not replay.machine.registers.control & 2
    was_in_handler = replay.here().ipsr
    inlined = _inlined_owner(replay, address)
    replay.traveller.goto(end)
    here = replay.here()
    if replay.story is None:
        is_single = is_single and not replay.machine.registers.control & 2 and not was_in_handler
        return is_single and not here.ipsr and _is_over(replay, address, taken, end, here.registers[SP])
    for thread in replay.story.threads():
        if thread.stack_base <= address < thread.stack_base + thread.stack_size and not was_in_handler:
            if thread.executing:
                return not here.ipsr and _is_over(replay, address, taken, end, here.registers[SP])
            if thread.registers is None:
                return False
            local = local_at(thread.registers, replay.machine.image, replay.machine.peek, address)
            is_over = local is not None and local.is_over
            is_over = is_over or (inlined is not None and _was_left(replay, thread.registers, address, *inlined))
            return is_over or _is_over(replay, address, taken, end, thread.registers.sp)
    return False


def _inlined_owner(replay: Replay, address: int) -> tuple[int, str] | None:
    """Return the frame, by its CFA, and the function that declares the local at ``address``, if that is inlined."""
    machine = replay.machine
    span = span_at(machine.registers, machine.image, machine.peek, address)
    local = None if span is None else local_in(span, machine.image, address)
    if span is None or local is None:
        return None
    chain = [frame.function for frame in machine.image.source_frames(span.pc)]
    return (span.cfa, local.function) if local.function in chain[:-1] else None


def _was_left(replay: Replay, registers: Registers, address: int, cfa: int, function: str) -> bool:
    """Whether the frame ``cfa`` is there and its code is not that of the ``function`` which was inlined into it."""
    image = replay.machine.image
    span = span_at(registers, image, replay.machine.peek, address)
    if span is None or span.cfa != cfa:
        return False
    return function not in [frame.function for frame in image.source_frames(span.pc)]


def _is_over(replay: Replay, address: int, taken: Position, end: Position, sp: int) -> bool:
    """Whether ``address`` is below the stack pointer, or was once since ``taken``."""
    if address < sp:
        return True
    return end.executed - taken.executed <= LONGEST_LOOK and was_popped(replay, address, taken, end, 0)


def tell_waiting(replay: Replay, steps: list[WhyStep], address: int) -> None:
    """Say which thread gave the kernel memory at ``address``, in its own stack, by a call that waits."""
    found = waiting_at(replay, address)
    if found is not None:
        thread, words, place = found
        text = f"that memory is {thread}'s, {words}"
        steps.append(WhyStep("memory", text, place=place, thread=thread, address=address))


def waiting_at(replay: Replay, address: int) -> tuple[str, str, str] | None:
    """Return the thread in whose stack ``address`` is, what it waits for and where, and that place; None: none waits.

    It is asked where the replay is.
    """
    for thread in replay.story.threads() if replay.story is not None else ():
        inside = thread.stack_base <= address < thread.stack_base + thread.stack_size
        if not inside or thread.executing or thread.registers is None:
            continue
        frames = backtrace(thread.registers, replay.machine.image, replay.machine.peek)
        own = own_frame(frames)
        if own is not None:
            return thread.name, f"which {thread.state}, in {frame_words(own)}", frame_words(own)
    return None


def tell_shares(replay: Replay, steps: list[WhyStep], shares: Sequence[dict[str, Any]]) -> None:
    """Say where in the program the last share of the stack was made that was refused, and where it was taken away."""
    for share in shares[-1:]:
        words = f"shared that stack {share['rights']} with {share['target_name']}"
        _tell_call(replay, steps, share["made_at"], words)
        if share["removed_at"] is not None:
            _tell_call(replay, steps, share["removed_at"], f"took that share of {share['target_name']} away")


def _tell_call(replay: Replay, steps: list[WhyStep], time: int, words: str) -> None:
    replay.traveller.goto_time(time)
    where, pc = where_is(replay), replay.machine.registers.pc
    text = f"{where.words} {words} at {time:,} in {where.thread}"
    steps.append(WhyStep("memory", text, time, pc, where.place, where.caller, where.thread))
