"""The calls that led to an instruction: by call frame information, and across exception frames. [DWARF 5, 6.4; B1.5.7]

Where a function has no call frame information its prologue is followed instead (assembly, programs without -g); such a
frame says so. A return address counts only where it is behind a call instruction, in code. Nothing here changes the
guest: memory is read as the debugger reads it. No state.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Callable

from emulator.armv7m.core import CONTROL_SPSEL, XPSR_ALIGN, Registers
from emulator.armv7m.exception_entry import BASIC_FRAME, EXTENDED_FRAME
from emulator.armv7m.faults import exception_name
from emulator.debuginfo.source import UnwindRow
from emulator.disasm import Instruction, disassemble_range
from emulator.engine.branch import CALL, EXCEPTION_RETURN, POINTER_CALL, RETURN, Branch
from emulator.errors import GuestAccessError
from emulator.image.image import Image
from emulator.records import dataclass

Peek = Callable[[int, int], bytes]

INNER_FRAMES = 32
OUTER_FRAMES = 16
"""A recursion that overflowed a stack has thousands of frames and all say the same: the middle is left out."""

FOLLOWED_FRAMES = 4096
"""Steps outwards that are made at most; the stack of a microcontroller holds no more."""

PROLOGUE_LIMIT = 256
"""Bytes from a function's start within which its prologue must be over."""

SP, LR, PC = 13, 14, 15

_LEAVES = re.compile(r"(b|bl|bx|blx|b(eq|ne|[hl][so]|mi|pl|v[sc]|hi|ls|[gl][et])|cbn?z|tb[bh]|pop|ldm\w*)(\.[nw])?")


@dataclass(frozen=True, slots=True)
class Frame:
    """One line of a backtrace, innermost first.

    ``pc`` is the instruction in the innermost frame and where an exception interrupted (``exception`` says which), else
    the return address. ``symbol`` and ``offset`` say where that is (None, 0: in no known function); ``function``,
    ``path`` and ``line`` are what the debug information knows of the instruction or the call ('', '', 0: nothing).
    ``inlined``: the function was inlined into the next frame's. ``guessed``: found without call frame information, or
    by an LR that may be left over. ``relation`` is ``returned`` or ``branched`` where this frame did not call the one
    before it but came there so, with the instruction at ``pc``. ``data`` is the data object that ``pc`` is in.
    """

    pc: int
    symbol: str | None
    offset: int
    function: str
    path: str
    line: int
    inlined: bool = False
    exception: str = ""
    guessed: bool = False
    relation: str = ""
    data: str = ""


@dataclass(frozen=True, slots=True)
class _State:
    """The core registers r0 to r15 at one place. ``innermost``: ``pc`` is where execution was, not a return address."""

    values: tuple[int, ...]
    innermost: bool
    ipsr: int
    interrupted_by: int = 0
    guessed: bool = False
    relation: str = ""

    @property
    def pc(self) -> int:
        return self.values[PC] & ~1

    @property
    def looked_up(self) -> int:
        """An address inside the instruction that made the call: the return address may be in another function."""
        return self.pc if self.innermost else self.pc - 2


@dataclass(frozen=True, slots=True)
class Backtrace:
    """``frames`` from the innermost to the outermost; ``omitted`` of them are left out before index ``gap``."""

    frames: tuple[Frame, ...]
    omitted: int = 0
    gap: int = 0


def backtrace(registers: Registers, image: Image, peek: Peek, branch: Branch | None = None) -> Backtrace:
    """Return the frames from ``registers`` outwards.

    ``peek(address, size)`` reads guest memory and raises GuestAccessError where there is none. ``branch`` is how
    execution came to the PC where nothing has executed yet.
    """
    states = _states(registers, image, peek, branch)
    inner, outer = states, []
    if len(states) > INNER_FRAMES + OUTER_FRAMES:
        inner, outer = states[:INNER_FRAMES], states[-OUTER_FRAMES:]
    frames = [frame for state in inner for frame in _frames_at(state, image)]
    gap = len(frames)
    frames += [frame for state in outer for frame in _frames_at(state, image)]
    return Backtrace(tuple(frames), len(states) - len(inner) - len(outer), gap if outer else 0)


def interrupted(registers: Registers, image: Image, peek: Peek) -> list[Registers]:
    """Return the registers of what was interrupted, from the innermost handler outwards, as each was interrupted.

    ``registers`` are those of a handler. The list ends where calls or frames cannot be followed.
    """
    found: list[Registers] = []
    for state in _states(registers, image, peek, None):
        if state.interrupted_by:
            found.append(_as_registers(state, registers if not found else found[-1]))
    return found


def _as_registers(state: _State, handler: Registers) -> Registers:
    """Return ``state``, which ``handler`` interrupted, with what an exception does not change as it is there."""
    registers = handler.copy()
    registers.r = list(state.values[:13])
    registers.lr, registers.pc = state.values[LR], state.pc
    registers.xpsr = handler.xpsr & ~0x1FF | state.ipsr
    if not state.ipsr:
        process = state.values[SP] >= registers.psp and state.values[SP] - registers.psp <= EXTENDED_FRAME + 4
        registers.control = registers.control & ~CONTROL_SPSEL | (CONTROL_SPSEL if process else 0)
    registers.sp = state.values[SP]
    return registers


def _states(registers: Registers, image: Image, peek: Peek, branch: Branch | None) -> list[_State]:
    values = (*registers.r, registers.sp, registers.lr, registers.pc)
    states = [_State(values, innermost=True, ipsr=registers.ipsr)]
    if branch is not None and image.symbols.find_code(registers.pc) is None:
        states += _before_branch(states[0], branch, image, peek)
        if branch.kind in (RETURN, EXCEPTION_RETURN) or (len(states) == 1 and branch.kind in (CALL, POINTER_CALL)):
            return states  # who called what has returned, its stack frame is gone
    while len(states) < FOLLOWED_FRAMES:
        try:
            following = _caller(states[-1], image, peek)
            if following is not None and _is_exc_return(following):
                following = _interrupted(following, registers.psp, peek)
            elif following is not None and not _follows_call(following, image, peek):
                break
        except GuestAccessError:
            break
        if following is None or following.values == states[-1].values or not _holds_code(following, image):
            break
        states.append(following)
    return states


def _before_branch(wild: _State, branch: Branch, image: Image, peek: Peek) -> list[_State]:
    """Return the place of the branch that led to ``wild``, where there is no code of the program's."""
    if branch.pc is None:
        return []
    if branch.kind in (CALL, POINTER_CALL):
        caller = _State((*wild.values[:PC], wild.values[LR]), innermost=False, ipsr=wild.ipsr)
        return [caller] if _follows_call(caller, image, peek) else []
    relation = "returned" if branch.kind == RETURN else "branched"
    return [_State((*wild.values[:PC], branch.pc), innermost=True, ipsr=wild.ipsr, relation=relation)]


def _frames_at(state: _State, image: Image) -> list[Frame]:
    """Return the frames of one place: more than one where functions were inlined."""
    address, pc = state.looked_up, state.pc
    chain = image.source_frames(address)
    symbol = image.symbols.find_code(address, chain[-1].function if chain else "")
    name, offset = (symbol.name, pc - symbol.address) if symbol else (None, 0)
    data = image.symbols.find_object(address) if symbol is None else None
    if data is not None:
        chain = []  # whatever a line table says of it, a variable is no function
    exception = exception_name(state.interrupted_by) if state.interrupted_by else ""
    if not chain:
        line = image.source_line(address)
        path, number = (line.path, line.line) if line else ("", 0)
        where = image.symbols.describe(address) if data is not None else ""
        return [
            Frame(pc, name, offset, name or "", path, number, False, exception, state.guessed, state.relation, where)
        ]
    last = len(chain) - 1
    return [
        Frame(
            pc, name, offset, source.function or name or "", source.path, source.line, index < last,
            exception if index == 0 else "", state.guessed, state.relation if index == 0 else "",
        )
        for index, source in enumerate(chain)
    ]  # fmt: skip


# -- one step outwards ---------------------------------------------------------------------------------------------


def _caller(state: _State, image: Image, peek: Peek) -> _State | None:
    row = image.unwind(state.looked_up)
    guessed = row is None
    if row is None:
        row = _row_from_prologue(state, image, peek)
    if row is None:
        return None
    values = list(state.values)
    cfa = values[row.cfa_register] + row.cfa_offset & 0xFFFF_FFFF
    for register, offset in row.saved.items():
        values[register] = int.from_bytes(peek(cfa + offset & 0xFFFF_FFFF, 4), "little")
    is_saved = row.return_register in row.saved
    if not is_saved and not state.innermost:
        return None  # a function that calls has saved LR, so this one has no caller
    values[PC] = values[row.return_register]
    values[SP] = cfa
    if not is_saved and not _is_exc_return_value(values[PC]):
        fits = _calls(values[PC] & ~1, state, image, peek)
        if fits is None:
            return None
        guessed = guessed or not fits
    return _State(tuple(values), innermost=False, ipsr=state.ipsr, guessed=guessed)


def _row_from_prologue(state: _State, image: Image, peek: Peek) -> UnwindRow | None:
    """Follow what the instructions from the function's start to here did to SP; None outside known functions.

    Code that is in no function (a jump to a bad address) has done nothing yet: LR says who called.
    """
    symbol = image.symbols.find_code(state.looked_up)
    if symbol is None:
        return UnwindRow(SP, 0, {}) if state.innermost else None
    size = min(state.pc - symbol.address, PROLOGUE_LIMIT)
    depth = 0
    frame_pointer: tuple[int, int] | None = None
    places: dict[int, int] = {}
    for instruction in disassemble_range(peek(symbol.address, size), symbol.address):
        pushed, moved = _stack_effect(instruction)
        if pushed is None:
            if depth and _LEAVES.fullmatch(instruction.mnemonic):
                break  # the prologue is over; an epilogue is not part of the straight way to here
            frame_pointer = _frame_pointer(instruction, depth) or frame_pointer
            continue
        depth += moved
        for index, register in enumerate(pushed):
            places[register] = -depth + 4 * index
    register, below = frame_pointer or (SP, depth)
    return UnwindRow(register, below, places)


def _stack_effect(instruction: Instruction) -> tuple[list[int] | None, int]:
    """Return (core registers pushed, bytes that SP goes down); (None, 0) for what does not move SP down."""
    mnemonic, operands = instruction.mnemonic.removesuffix(".w"), instruction.operands
    if mnemonic == "push" or (mnemonic in ("stmdb", "stmfd") and operands.startswith("sp!")):
        registers = _register_list(operands)
        return registers, 4 * len(registers)
    if mnemonic == "str" and operands.startswith(("lr, [sp, #-", "r7, [sp, #-")) and operands.endswith("]!"):
        return [LR if operands.startswith("lr") else 7], _immediate(operands.rstrip("]!"))
    if mnemonic in ("sub", "subw") and operands.startswith(("sp, #", "sp, sp, #")):
        return [], _immediate(operands)
    if mnemonic == "vpush":
        first, _, last = operands.strip("{}").replace(" ", "").partition("-")
        names = operands.strip("{}").split(", ")
        count = int((last or first)[1:]) - int(first[1:]) + 1 if "-" in operands else len(names)
        return [], count * (8 if first.startswith("d") else 4)
    return None, 0


def _frame_pointer(instruction: Instruction, depth: int) -> tuple[int, int] | None:
    """Return (register, CFA above it) when the instruction makes a frame pointer of SP: ``add r7, sp, #8``."""
    if instruction.mnemonic in ("add", "add.w", "addw") and instruction.operands.startswith("r7, sp, #"):
        return 7, depth - _immediate(instruction.operands)
    if instruction.mnemonic == "mov" and instruction.operands == "r7, sp":
        return 7, depth
    return None


def _register_list(operands: str) -> list[int]:
    names = operands[operands.index("{") + 1 : operands.index("}")].split(", ")
    numbers = {"sp": SP, "lr": LR, "pc": PC, "ip": 12, "fp": 11, "sl": 10, "sb": 9}
    found: list[int] = []
    for name in names:
        first, _, last = name.partition("-")
        low = numbers[first] if first in numbers else int(first[1:])
        high = low if not last else numbers[last] if last in numbers else int(last[1:])
        found += range(low, high + 1)
    return found


def _immediate(operands: str) -> int:
    return abs(int(operands.rpartition("#")[2], 0))


# -- exception frames ----------------------------------------------------------------------------------------------


EXC_RETURNS = frozenset(0xFFFF_FF00 | low for low in (0xE1, 0xE9, 0xED, 0xF1, 0xF9, 0xFD))  # [B1.5.8, tables B1-8, 9]


def _is_exc_return(state: _State) -> bool:
    """Whether the function returned from an exception; in Thread mode such an address is only a bad one."""
    return state.ipsr != 0 and _is_exc_return_value(state.values[PC])


def _is_exc_return_value(address: int) -> bool:
    return address | 1 in EXC_RETURNS


def _interrupted(handler: _State, process_sp: int, peek: Peek) -> _State:
    """Return the registers that the exception frame under ``handler`` holds."""
    exc_return = handler.values[PC] | 1  # callers see return addresses with or without bit 0
    frame = process_sp if exc_return & 4 else handler.values[SP]
    words = struct.unpack("<8I", peek(frame, 32))
    size = BASIC_FRAME if exc_return & 0x10 else EXTENDED_FRAME
    values = list(handler.values)
    values[:4] = words[:4]
    values[12], values[LR], values[PC] = words[4], words[5], words[6]
    values[SP] = frame + size + (4 if words[7] & XPSR_ALIGN else 0)
    return _State(tuple(values), innermost=True, ipsr=words[7] & 0x1FF, interrupted_by=handler.ipsr)


def _holds_code(state: _State, image: Image) -> bool:
    """Whether the address can be code: a garbage return address ends the backtrace instead of adding noise."""
    return state.pc != 0 and image.segment_at(state.looked_up) is not None


# -- return addresses ----------------------------------------------------------------------------------------------


def _call_before(address: int, peek: Peek) -> tuple[bool, int | None]:
    """Return whether a call ends at ``address``, and where it leads if the instruction says that: BL. [A7.7.18, 19]"""
    try:
        code = peek(address - 4 & 0xFFFF_FFFF, 4)
    except GuestAccessError:
        return False, None
    first, second = int.from_bytes(code[:2], "little"), int.from_bytes(code[2:], "little")
    if first & 0xF800 == 0xF000 and second & 0xD000 == 0xD000:
        sign, j1, j2 = first >> 10 & 1, second >> 13 & 1, second >> 11 & 1
        high = -sign << 24 | (1 - (j1 ^ sign)) << 23 | (1 - (j2 ^ sign)) << 22
        return True, address + (high | (first & 0x3FF) << 12 | (second & 0x7FF) << 1) & 0xFFFF_FFFF
    return second & 0xFF87 == 0x4780, None  # BLX


def _follows_call(state: _State, image: Image, peek: Peek) -> bool:
    """Whether a return address is one: behind a call instruction, which is not in a data object."""
    symbol = image.symbols.find(state.looked_up)
    return (symbol is None or not symbol.is_data) and _call_before(state.pc, peek)[0]


def _calls(address: int, callee: _State, image: Image, peek: Peek) -> bool | None:
    """Whether the call before ``address``, which LR holds, is that of ``callee``. None: LR is left over.

    LR says who called until the function calls somebody itself; one that never returns need not keep it. So a call in
    ``callee`` of another function has returned. False: it may be so, by a tail call or a veneer, or not.
    """
    own = image.symbols.find_code(callee.looked_up)
    is_call, target = _call_before(address, peek)
    if own is None or not is_call:
        return is_call
    if target == own.address:
        return True
    if image.symbols.find_code(address - 2) == own:
        return None
    return target is None
