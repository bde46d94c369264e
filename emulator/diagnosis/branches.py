"""A branch to where nothing good is: what its target was taken from, and so whose value that is."""

from __future__ import annotations

from emulator.diagnosis.definitions import Unknown, effect_at, find_definition
from emulator.diagnosis.departure import Departure
from emulator.diagnosis.origin_words import FRAME_POINTER
from emulator.diagnosis.origins import Origins
from emulator.diagnosis.places import memory_words, value_words, where_is
from emulator.diagnosis.replay import EXC_RETURN, Replay, State, TooFar
from emulator.disasm import Instruction
from emulator.operands import LOAD, LR, PC, SP, registers_in
from emulator.timetravel.checkpoint import Position
from emulator.trace.why import WhyStep

FRAME_PC, FRAME_SIZES = 24, (0x20, 0x24, 0x68, 0x6C)
PROCESS = 4
"""Bit of EXC_RETURN: the frame is on the process stack. [B1.5.8]"""
HANDLER = 300
"""Instructions of a handler in front of its return that are looked through for who set PSP."""
ZEROS = 16
"""Bytes of zeros that are taken for memory that nobody wrote code to."""


def explain_branch(replay: Replay, origins: Origins, departure: Departure, end: Position | None) -> None:
    """Say what the branch did and where its target came from. ``end`` is given where much was executed after it."""
    state, target = departure
    replay.traveller.goto(state.position)
    found = effect_at(replay, state)
    if found is None:
        return
    instruction, effect = found
    source = effect.results.get(PC)
    if state.registers[LR] >= EXC_RETURN and state.ipsr and state.ipsr != target.ipsr:
        _from_frame(replay, origins, departure)
        return
    is_return = source is not None and source.memory is not None and source.memory.base == SP
    is_return = is_return or instruction.operands == "lr"
    if end is not None:
        _tell(replay, origins, departure, end, is_return, instruction)
    noun = "the return address" if is_return else "the address that was branched to"
    if source is not None and source.kind == LOAD and source.memory is not None:
        address = source.memory.address(state.registers, state.pc) + source.place & 0xFFFF_FFFF
        if is_return and _is_frame_spoilt(replay, origins, state, address):
            return
        origins.follow_slot(address, target.position, noun, target.pc | target.registers[16] >> 24 & 1)
        return
    named = [register for register in registers_in(instruction.operands) if register != PC]
    if named and instruction.mnemonic.startswith(("bx", "blx", "mov")):
        origins.noun = noun
        origins.follow_register(named[-1], state.position)


def _is_frame_spoilt(replay: Replay, origins: Origins, state: State, address: int) -> bool:
    """Whether SP was made of a frame pointer at the return at ``state`` that its function did not set; say so then.

    ``address`` is where the return address was taken from.
    """
    try:
        made = find_definition(replay, SP, state.position)
    except (Unknown, TooFar):
        return False
    if made.source.registers != (FRAME_POINTER,):
        return False
    replay.traveller.goto(made.state.position)
    where, now = where_is(replay), replay.machine.clock.now
    tried = Origins(replay, "the frame pointer")
    tried.follow_register(FRAME_POINTER, made.state.position)
    if tried.is_of_stack or not any(step.kind in ("store", "initial") for step in tried.steps):
        return False  # it is that of the function's own frame
    text = f"the return address was taken from 0x{address:08x} because {where.words} made SP of r7, at {now:,}"
    instruction = made.instruction.text
    origins.steps.append(
        WhyStep("register", text, now, made.state.pc, where.place, where.caller, where.thread, instruction, "sp")
    )
    origins.steps += tried.steps
    return True


def _from_frame(replay: Replay, origins: Origins, departure: Departure) -> None:
    """An exception return came there: the frame has the address."""
    target = departure.target
    for size in FRAME_SIZES:
        address = target.registers[SP] - size + FRAME_PC & 0xFFFF_FFFF
        word = replay.peek(address, 4)
        if word is not None and int.from_bytes(word, "little") & ~1 == target.pc & ~1:
            noun = "the return address in the exception's frame"
            origins.follow_slot(address, target.position, noun, int.from_bytes(word, "little"))
            is_made = int.from_bytes(word, "little") and origins.steps[-1].kind != "initial"
            if not is_made and departure.state.registers[LR] & PROCESS:
                _tell_process_stack(replay, origins, departure.state)
            return


def _tell_process_stack(replay: Replay, origins: Origins, at: State) -> None:
    """PSP led to words that are no frame: say who set it in the handler that returns at ``at``, and from what."""
    for state in reversed(replay.blocks_before(at.position, HANDLER)):
        if state.is_frame or state.ipsr != at.ipsr:
            continue
        for step in reversed(replay.steps_from(state, at.position)):
            listed = replay.instructions(step, 1)
            if listed and listed[0].text.startswith("msr psp"):
                origins.tell_at("register", "set the process stack pointer, PSP", step, listed[0].text)
                origins.noun = "the stack pointer"
                origins.follow_register(registers_in(listed[0].operands)[-1], step.position)
                return


def _tell(
    replay: Replay, origins: Origins, departure: Departure, end: Position, is_return: bool, instruction: Instruction
) -> None:
    """Say that execution left the code, how, and how long ago."""
    state, target = departure
    address = target.pc | target.registers[16] >> 24 & 1
    verb = "returned" if is_return else "branched"
    if target.pc == state.pc + instruction.size:
        verb = "ran on past its end"
    shown = value_words(replay, address)
    ago = end.executed - target.position.executed
    place = memory_words(replay.machine.image, target.pc)
    where = f" in {place}" if "+" in place or "(" in place else ""
    since = f"{ago:,} instruction{'' if ago == 1 else 's'} before" if ago else "right before"
    text = f"{verb} to {shown}{where}, {since} the end"
    code = replay.peek(target.pc, ZEROS)
    if code == bytes(ZEROS):
        text += "; what is there is zeros, which execute as movs r0, r0"
    origins.tell_at("departure", text, state, instruction.text)
    left = f"execution had left the program's code in {origins.steps[-1].place}"
    origins.departed = f"{left}, {since}"
