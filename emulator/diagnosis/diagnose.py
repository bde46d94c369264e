"""What a second run shows of the end of the first: which value of the fault was bad, and where it came from."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext

from emulator.annotations import Any
from emulator.armv7m.faults import exception_name
from emulator.armv7m.memory_map import is_ppb
from emulator.armv7m.mpu_explain import Decision, Explanation
from emulator.bits import WORD_MASK
from emulator.diagnosis.arrival import explain_arrival, explain_return_into
from emulator.diagnosis.beyond import tell_beside
from emulator.diagnosis.branches import explain_branch
from emulator.diagnosis.busy import explain_busy
from emulator.diagnosis.changed_code import explain_changed_code
from emulator.diagnosis.core_settings import CoreSettings, TickSettings
from emulator.diagnosis.decision import explain_decision, explain_null
from emulator.diagnosis.definitions import effect_at
from emulator.diagnosis.departure import Departure, find_departure, is_code, is_constant
from emulator.diagnosis.exception_frames import explain_return, tell_other_kind
from emulator.diagnosis.exception_source import SourceStores
from emulator.diagnosis.fp_context import tell_unsaved
from emulator.diagnosis.holders import tell_holders
from emulator.diagnosis.kernel_stacks import tell_left_stack
from emulator.diagnosis.last_interrupt import tell_between, tell_last_interrupt
from emulator.diagnosis.library_calls import explain_library_call
from emulator.diagnosis.loops import explain_circle
from emulator.diagnosis.masks import tell_mask, tell_unprivileged
from emulator.diagnosis.memory_history import tell_heap, tell_shares, tell_waiting
from emulator.diagnosis.origins import Origins
from emulator.diagnosis.pended import tell_pended
from emulator.diagnosis.refused_argument import tell_refused_argument
from emulator.diagnosis.refused_block import explain_refused_block
from emulator.diagnosis.regions import CONTROL, LostRegions, tell_region, watch_region
from emulator.diagnosis.replay import Replay, Rerun
from emulator.diagnosis.rtems_end import tell_rtems_end
from emulator.diagnosis.self_return import tell_self_return
from emulator.diagnosis.stack_depth import tell_large_frame
from emulator.diagnosis.stuck_loop import tell_bound
from emulator.diagnosis.suspects import is_index, suspect_of
from emulator.diagnosis.switch_lock import tell_switch_lock
from emulator.diagnosis.task_stacks import tell_task_overflow
from emulator.diagnosis.waking_calls import WakingCalls
from emulator.engine.branch import POINTER_CALL, VECTOR
from emulator.machine.fault_record import FaultRecord
from emulator.machine.story import waits_for_work
from emulator.operands import PC, SP, Memory, registers_in
from emulator.timetravel.checkpoint import Position
from emulator.trace.backtrace import Frame
from emulator.trace.interrupt_words import same_vectors
from emulator.trace.operands import alignment_of
from emulator.trace.why import Why, WhyStep

LONGEST_RUN = 100_000_000
"""Instructions of a run that is executed again unless more is asked for."""
DATA = frozenset(("DACCVIOL", "PRECISERR", "UNALIGNED"))
WILD = frozenset(("INVSTATE", "IACCVIOL", "IBUSERR", "UNDEFINSTR", "NOCP"))
WRITTEN = frozenset(("UNDEFINSTR", "NOCP"))
ARGUMENTS = 4
FIRST_WITH_PRIORITY = 4
"""Exceptions before have a fixed priority. [B1.5.4]"""
NEAR = 256
"""Bytes from an argument of a call of the kernel that the kernel reaches through it."""


def why_it_faulted(
    open_again: Callable[[], AbstractContextManager[Rerun]],
    record: FaultRecord,
    executed: int,
    most: int = LONGEST_RUN,
    reach: int | None = None,
    shares: Sequence[dict[str, Any]] = (),
) -> Why | None:
    """Execute the run again that ended with ``record``, after ``executed`` instructions; return what that shows.

    None: the run was longer than ``most`` instructions, or the fault is not one that has a cause in a value. Stores are
    looked for ``reach`` instructions back, else through the whole run. ``shares`` are those of the
    stack that was refused, as the report has them.
    """
    reach = executed if reach is None else reach
    if executed > most or (record.raised.step and record.fault.cause.name != "INVPC"):
        return None
    with open_again() as rerun:
        replay = Replay(rerun, reach)
        region = None if record.explanation is None or replay.story is not None else _region(record.explanation)
        writes = watch_region(replay, region)
        refused = record.explanation if replay.story is None else None
        lost = LostRegions(replay, refused.byte) if refused is not None else None
        is_vector = record.branch is not None and record.branch.kind == VECTOR
        ipsr = record.registers.ipsr if replay.story is None else 0
        sources = SourceStores(replay, ipsr) if ipsr >= FIRST_WITH_PRIORITY else None
        settings = CoreSettings(replay, record)
        if not replay.at_fault(record, executed):
            return None
        origins = Origins(replay)
        end = replay.position
        decided: list[WhyStep] = []
        settings.tell(decided)
        replay.traveller.goto(end)
        _explain(replay, origins, record)
        if replay.story is None:
            returned: list[WhyStep] = []
            tell_self_return(replay, returned, end)
            origins.steps[:0] = returned
        if _is_plain(origins):
            origins.steps.clear()
        origins.steps += decided
        if sources is not None and is_vector:
            tell_pended(replay, origins.steps, end, ipsr)
            sources.tell(origins.steps)
        elif sources is not None:
            sources.tell_unmasked(origins.steps, end)
        if replay.story is None and not ipsr and _is_for_privileged(record):
            tell_unprivileged(replay, origins.steps, end)
        if origins.null is not None:
            explain_null(replay, origins.steps, origins.null, end)
        tell_unsaved(replay, origins.steps)
        replay.traveller.goto(end)
        tell_large_frame(replay, origins.steps, record.fault.address)
        if replay.story is None:
            tell_task_overflow(replay, origins.steps, end)
        tell_other_kind(replay, origins.steps, end)
        tell_heap(replay, origins.steps, end, origins.stores)
        tell_beside(replay, origins.steps, origins.stores)
        tell_shares(replay, origins.steps, shares)
        if region is not None and writes:
            tell_region(replay, origins.steps, region, writes)
        if lost is not None:
            lost.tell(origins.steps)
        is_gone = origins.gone_at(record.fault.address)
        origins.departed = tell_left_stack(replay, origins.steps, end) or origins.departed
        departed = origins.departed or (origins.gone_words if is_gone else "")
        return Why(tuple(origins.steps), reach, departed, is_gone, origins.called_by)


def why_it_is_there(
    open_again: Callable[[], AbstractContextManager[Rerun]],
    frames: Sequence[Frame],
    executed: int,
    most: int = LONGEST_RUN,
    *,
    is_asleep: bool = False,
    waking_calls: Sequence[str] = (),
) -> Why | None:
    """The same for a run that ended after ``executed`` instructions without a fault; None: there is nothing to say.

    ``frames`` are the calls at its end; ``is_asleep``: nothing will wake it. ``waking_calls``: functions of the
    image's kernel that might let a thread go on, where all of them wait.
    """
    with open_again() if executed <= most else nullcontext() as rerun:
        if rerun is None:
            return None
        replay = Replay(rerun, executed)
        tick = TickSettings(replay)
        calls = WakingCalls(replay, waking_calls)
        if not replay.at_end(executed, calls.note):
            return None
        calls.end()
        tick.end()
        origins = Origins(replay)
        end = replay.position
        if is_code(replay, replay.here().pc) or is_constant(replay, replay.here().pc):
            explain_circle(replay, origins)
            replay.traveller.goto(end)
            if not origins.steps and not _is_idle(replay):
                explain_busy(replay, origins, frames)
        else:
            _explain_branch(replay, origins)
        replay.traveller.goto(end)
        tell_mask(replay, origins.steps, end)
        tell_switch_lock(replay, origins, end)
        tell_holders(replay, origins.steps, end)
        calls.tell(origins.steps, end)
        tick.tell(origins.steps)
        replay.traveller.goto(end)
        if is_asleep and replay.story is None:
            tell_last_interrupt(replay, origins.steps, end)
        left = tell_left_stack(replay, origins.steps, end, is_sound=_is_idle(replay))
        origins.departed = left or origins.departed
        if not origins.steps:
            return None
        return Why(tuple(origins.steps), executed, origins.departed)


def _is_idle(replay: Replay) -> bool:
    """Whether a kernel waits for a thread that is ready: such a loop says nothing."""
    return waits_for_work(replay.story, replay.here().ipsr)


def why_it_ended(
    open_again: Callable[[], AbstractContextManager[Rerun]],
    frames: Sequence[Frame],
    executed: int,
    most: int = LONGEST_RUN,
    *,
    is_loop: bool = False,
    exception: int = 0,
    waking_calls: Sequence[str] = (),
) -> Why | None:
    """The same for a program that ended itself after ``executed`` instructions; ``frames`` are the calls that did.

    ``is_loop``: it did so by a branch to itself, in the handler of ``exception``. ``waking_calls``: as above.
    """
    with open_again() if executed <= most else nullcontext() as rerun:
        if rerun is None:
            return None
        replay = Replay(rerun, executed)
        is_watched = exception >= FIRST_WITH_PRIORITY and replay.story is None
        sources = SourceStores(replay, exception) if is_watched else None
        calls = WakingCalls(replay, waking_calls)
        if not replay.at_end(executed, calls.note):
            return None
        calls.end()
        steps: list[WhyStep] = []
        end, words = replay.position, ""
        is_idle = is_loop and not replay.here().ipsr and _is_idle(replay)
        if is_idle:
            tell_holders(replay, steps, end)
            calls.tell(steps, end)
        elif sources is not None and replay.here().ipsr == exception and same_vectors(replay.machine, exception):
            tell_pended(replay, steps, end, exception)
            sources.tell(steps)
            replay.traveller.goto(end)
        elif is_loop and not replay.here().ipsr:
            origins = Origins(replay)
            explain_arrival(replay, origins, end)
            if not origins.steps:
                explain_return_into(replay, origins, frames, end)
            steps, words = origins.steps, origins.departed
            replay.traveller.goto(end)
        if not steps and not is_idle:
            words = explain_decision(replay, steps, frames)
            tell_between(replay, steps)
            replay.traveller.goto(end)
        tell_mask(replay, steps, end)
        words = words or tell_rtems_end(replay, steps, end)
        words = tell_left_stack(replay, steps, end) or words
        if steps:
            tell_heap(replay, steps, end)
        return Why(tuple(steps), executed, words) if steps or words else None


def why_it_waits(
    open_again: Callable[[], AbstractContextManager[Rerun]], executed: int, most: int = LONGEST_RUN
) -> Why | None:
    """The same for a run that ended since every thread waits: why a call was refused what it was given before."""
    with _at_end(open_again, executed, most) as replay:
        if replay is None:
            return None
        origins = Origins(replay)
        tell_refused_argument(replay, origins, replay.position)
        return Why(tuple(origins.steps), executed) if origins.steps else None


def _is_exception(replay: Replay) -> bool:
    return replay.here().ipsr != 0


def why_it_was_refused(
    open_again: Callable[[], AbstractContextManager[Rerun]], block: int, executed: int, most: int = LONGEST_RUN
) -> Why | None:
    """The same for a run that ended since the heap was given back ``block``, which is none."""
    with _at_end(open_again, executed, most) as replay:
        if replay is None:
            return None
        origins = Origins(replay, "the pointer")
        words = explain_refused_block(replay, origins, block, replay.position)
        return Why(tuple(origins.steps), executed, words) if origins.steps else None


@contextmanager
def _at_end(
    open_again: Callable[[], AbstractContextManager[Rerun]], executed: int, most: int
) -> Iterator[Replay | None]:
    """Give the run again, at its end; None where it is too long, or does not come to that."""
    if executed > most:
        yield None
        return
    with open_again() as rerun:
        replay = Replay(rerun, executed)
        yield replay if replay.at_end(executed) else None


def _region(explanation: Explanation) -> int | None:
    """Return the region that an access failed by: that decided, or ends in front of it; CONTROL: there is no other."""
    row = explanation.ends_in_front
    if row is not None:
        return row.region
    return CONTROL if explanation.decision is Decision.NO_REGION else explanation.region


def _is_for_privileged(record: FaultRecord) -> bool:
    """Whether the access was refused since it was unprivileged."""
    address, explanation = record.fault.address, record.explanation
    if record.privileged or address is None:
        return False
    if explanation is not None:
        return explanation.decision is Decision.NO_REGION_UNPRIVILEGED
    return is_ppb(address)


def _is_plain(origins: Origins) -> bool:
    """Whether all that was found is that the pointer is that of a local of the function that faulted."""
    return len(origins.steps) == 1 and origins.is_own_local


def _explain(replay: Replay, origins: Origins, record: FaultRecord) -> None:
    name = record.fault.cause.name
    for pc in (record.pc, record.branch.pc if record.branch is not None else None):
        if pc is not None and explain_changed_code(replay, origins, pc):
            return
        replay.traveller.goto(origins.end)
    if record.branch is not None and record.branch.kind == VECTOR:
        _explain_vector(replay, origins)
    elif name in WILD and (not is_code(replay, record.pc) or _came_wildly(record)):
        _explain_branch(replay, origins)
    elif name in DATA and not is_code(replay, record.pc) and not is_constant(replay, record.pc):
        _explain_branch(replay, origins, is_far=True)
    elif name in DATA:
        _explain_access(replay, origins, record)
    elif name == "DIVBYZERO":
        _explain_division(replay, origins)
    elif name == "INVPC" and replay.story is None:
        explain_return(replay, origins)


def _came_wildly(record: FaultRecord) -> bool:
    """Whether the branch that led into the program's code is to blame: not where an instruction there is undefined.

    Unless a pointer led to it, that one was written so.
    """
    branch = record.branch
    return branch is not None and (record.fault.cause.name not in WRITTEN or branch.kind == POINTER_CALL)


def _explain_vector(replay: Replay, origins: Origins) -> None:
    """The vector of the exception that begins here led to no code: say who stored it."""
    exception = replay.here().ipsr
    slot = replay.machine.system.vtor + 4 * exception & WORD_MASK
    word = replay.peek(slot, 4)
    if exception and word is not None:
        noun = f"the vector of {exception_name(exception)}"
        origins.follow_slot(slot, replay.position, noun, int.from_bytes(word, "little"))


def _explain_access(replay: Replay, origins: Origins, record: FaultRecord) -> None:
    state, address = replay.here(), record.fault.address
    found = effect_at(replay, state)
    if found is None:
        return
    if found[0].mnemonic == "svc" and address is not None:
        number = _argument_to(replay, address, state.registers[:ARGUMENTS])
        if number is not None:
            origins.noun = "the pointer"
            origins.follow_register(number, state.position)
        else:
            tell_waiting(replay, origins.steps, address)
        return
    if found[1].memory is None or (address is not None and explain_library_call(replay, origins, address)):
        return
    replay.traveller.goto(state.position)
    register = _suspect(replay, found[1].memory, state.registers)
    origins.is_number = _is_index(replay, found[1].memory, register, state.registers)
    origins.noun = "the index" if origins.is_number else "the pointer"
    if record.fault.cause.name == "UNALIGNED":
        origins.multiple = alignment_of(found[0].mnemonic)
    if register not in (SP, PC):
        origins.follow_register(register, state.position)
    if origins.counting is not None and record.pc & ~1 in origins.counting.loop.inside:
        tell_bound(replay, origins, origins.counting, state.position)


def _argument_to(replay: Replay, address: int, arguments: list[int]) -> int | None:
    """Return the argument of a call of the kernel that points to the memory at ``address``, None where none does.

    In a stack it must point into the same one: else the address is that of a thread that waits.
    """
    threads = [] if replay.story is None else replay.story.threads()
    stacks = [range(one.stack_base, one.stack_base + one.stack_size) for one in threads]
    stack = next((one for one in stacks if address in one), None)
    near = [(address - value, number) for number, value in enumerate(arguments)]
    near = [one for one in near if 0 <= one[0] < NEAR and (stack is None or address - one[0] in stack)]
    return min(near)[1] if near else None


def _is_index(replay: Replay, memory: Memory, register: int, registers: list[int]) -> bool:
    """Whether ``register`` is the index of an operand with two registers: the one that is shifted, if one is."""
    if memory.index_register < 0:
        return False
    if memory.shift:
        return register == memory.index_register
    return is_index(replay, register, (memory.base, memory.index_register), registers)


def _suspect(replay: Replay, memory: Memory, registers: list[int]) -> int:
    """Return the register that spoilt an address."""
    if memory.index_register < 0:
        return memory.base
    return suspect_of(replay, (memory.base, memory.index_register), registers)


def _explain_division(replay: Replay, origins: Origins) -> None:
    found = effect_at(replay, replay.here())
    if found is None:
        return
    origins.noun = "the divisor"
    origins.follow_register(registers_in(found[0].operands)[-1], replay.position)


def _explain_branch(replay: Replay, origins: Origins, *, is_far: bool = False) -> None:
    """Say how execution came to where it is. ``is_far``: the first sentence tells of what was executed there."""
    position, target = replay.position, replay.here()
    replay.traveller.goto(Position(max(0, position.executed - 1), 0))
    state = replay.here()
    if is_code(replay, state.pc):
        explain_branch(replay, origins, Departure(state, target), position if is_far else None)
        return
    departure = find_departure(replay, position)
    if departure is not None:
        explain_branch(replay, origins, departure, position)
