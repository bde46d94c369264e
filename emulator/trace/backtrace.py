"""The calls that led to an instruction: by call frame information, and across exception frames. [DWARF 5, 6.4; B1.5.7]

Where a function has no call frame information its instructions are followed instead (function_code.py). A return
address counts only where it is behind a call of the function that returns there (functions.py); where it is not, the
calls end, and the backtrace says what it found. Nothing here changes the guest: memory is read as the debugger reads
it. No state.
"""

from __future__ import annotations

import struct
from collections.abc import Callable

from emulator.armv7m.core import CONTROL_SPSEL, Registers
from emulator.armv7m.exception_entry import BASIC_FRAME, EXTENDED_FRAME, sp_before
from emulator.armv7m.faults import ExceptionNumber, exception_name
from emulator.debuginfo.source import UnwindRow
from emulator.engine.branch import CALL, EXCEPTION_RETURN, POINTER_CALL, RETURN, Branch
from emulator.errors import GuestAccessError
from emulator.image.image import Image
from emulator.records import dataclass
from emulator.trace.functions import Call, Function, Functions, call_before

Peek = Callable[[int, int], bytes]

INNER_FRAMES = 32
OUTER_FRAMES = 16
"""A recursion that overflowed a stack has thousands of frames and all say the same: the middle is left out."""

MOST_CALLERS = 16
"""Calls of a function that are tried for one whose return address was overwritten."""

FOLLOWED_FRAMES = 4096
"""Steps outwards that are made at most; the stack of a microcontroller holds no more."""

_SVC = b"\xdf"
"""The second byte of SVC, encoding T1. [A7.7.175]"""

SP, LR, PC = 13, 14, 15


@dataclass(frozen=True, slots=True)
class Frame:
    """One line of a backtrace, innermost first.

    ``pc`` is the instruction in the innermost frame and where an exception interrupted (``exception`` says which), else
    the return address. ``symbol`` and ``offset`` say where that is (None, 0: in no known function); ``function``,
    ``path`` and ``line`` are what the debug information knows of the instruction or the call ('', '', 0: nothing).
    ``inlined``: the function was inlined into the next frame's. ``guessed``: by the instructions or an LR that may be
    left over, and the call is through a pointer. ``relation`` is ``returned``, ``branched`` or ``tail call`` where this
    frame did not call the one before it but came there so, with the instruction at ``pc``; ``sent on``: by a system
    call in front of ``pc``, out of which a kernel went on elsewhere. ``data`` is the data object that ``pc`` is in.
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
    is_exact: bool = True

    @property
    def pc(self) -> int:
        return self.values[PC] & ~1

    @property
    def looked_up(self) -> int:
        """An address inside the instruction that made the call: the return address may be in another function."""
        return self.pc if self.innermost else self.pc - 2


@dataclass(frozen=True, slots=True)
class FrameSpan:
    """The stack frame of the function at ``pc``, from its stack pointer up to its canonical frame address, ``cfa``.

    ``is_executing``: ``pc`` is what is executed next there, not a call.
    """

    pc: int
    sp: int
    cfa: int
    is_executing: bool


@dataclass(frozen=True, slots=True)
class Backtrace:
    """``frames`` from the innermost to the outermost; ``omitted`` of them are left out before index ``gap``.

    ``unknown`` says why there may be further calls that cannot be told, '' where there are none.
    """

    frames: tuple[Frame, ...]
    omitted: int = 0
    gap: int = 0
    unknown: str = ""


def backtrace(registers: Registers, image: Image, peek: Peek, branch: Branch | None = None) -> Backtrace:
    """Return the frames from ``registers`` outwards.

    ``peek(address, size)`` reads guest memory and raises GuestAccessError where there is none. ``branch`` is how
    execution came to the PC where nothing has executed yet.
    """
    states, unknown = _states(registers, image, peek, branch)
    inner, outer = states, []
    if len(states) > INNER_FRAMES + OUTER_FRAMES:
        inner, outer = states[:INNER_FRAMES], states[-OUTER_FRAMES:]
    frames = [frame for state in inner for frame in _frames_at(state, image)]
    gap = len(frames)
    frames += [frame for state in outer for frame in _frames_at(state, image)]
    return Backtrace(tuple(frames), len(states) - len(inner) - len(outer), gap if outer else 0, unknown)


def frame_spans(registers: Registers, image: Image, peek: Peek) -> list[FrameSpan]:
    """Return the stack frames from ``registers`` outwards, of the functions whose frame descriptions say them."""
    found = []
    for state in _states(registers, image, peek, None)[0]:
        row = image.unwind(state.looked_up)
        if row is not None and not state.relation:
            cfa = state.values[row.cfa_register] + row.cfa_offset & 0xFFFF_FFFF
            found.append(FrameSpan(state.looked_up, state.values[SP], cfa, state.innermost))
    return found


def interrupted(registers: Registers, image: Image, peek: Peek) -> list[Registers]:
    """Return the registers of what was interrupted, from the innermost handler outwards, as each was interrupted.

    ``registers`` are those of a handler. The list ends where calls or frames cannot be followed.
    """
    found: list[Registers] = []
    for state in _states(registers, image, peek, None)[0]:
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


def _states(registers: Registers, image: Image, peek: Peek, branch: Branch | None) -> tuple[list[_State], str]:
    """Return the places from ``registers`` outwards, and why further ones are unknown ('': there are none)."""
    functions = Functions(image, peek)
    values = (*registers.r, registers.sp, registers.lr, registers.pc)
    states = [_State(values, innermost=True, ipsr=registers.ipsr)]
    is_thumb = registers.xpsr >> 24 & 1  # else nothing can execute there, whatever function it is in
    if branch is not None and (functions.at(registers.pc) is None or not is_thumb):
        states += _before_branch(states[0], branch, functions, peek)
        if branch.kind in (RETURN, EXCEPTION_RETURN) or (len(states) == 1 and branch.kind in (CALL, POINTER_CALL)):
            return states, ""  # who called what has returned, its stack frame is gone
    while len(states) < FOLLOWED_FRAMES:
        following = _caller(states[-1], image, functions, peek, registers.psp)
        if isinstance(following, str):
            return states, following
        if following[-1].values == states[-1].values or _goes_down(states[-1], following[-1]):
            break
        states += following
    return states, ""


def _goes_down(callee: _State, caller: _State) -> bool:
    """Whether the stack of ``caller`` ends below that of what it called, which no call does."""
    return not caller.interrupted_by and caller.values[SP] < callee.values[SP]


def _before_branch(wild: _State, branch: Branch, functions: Functions, peek: Peek) -> list[_State]:
    """Return the place of the branch that led to ``wild``, where there is no code of the program's."""
    if branch.pc is None:
        return []
    if branch.kind in (CALL, POINTER_CALL):
        caller = _State((*wild.values[:PC], wild.values[LR]), innermost=False, ipsr=wild.ipsr)
        return [caller] if functions.call_of(None, caller.pc) else []
    relation = "returned" if branch.kind == RETURN else "branched"
    return [_State((*wild.values[:PC], branch.pc), innermost=True, ipsr=wild.ipsr, relation=relation)]


def _frames_at(state: _State, image: Image) -> list[Frame]:
    """Return the frames of one place: more than one where functions were inlined."""
    address, pc = state.looked_up, state.pc
    chain = image.source_frames(address)
    symbol = image.symbols.find_code(address, chain[-1].function if chain else "")
    name, offset = (symbol.name, pc - symbol.address) if symbol else (None, 0)
    if not state.is_exact:
        return [Frame(pc, name, offset, name or "", "", 0, guessed=state.guessed, relation=state.relation)]
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


def _caller(state: _State, image: Image, functions: Functions, peek: Peek, process_sp: int) -> list[_State] | str:
    """Return what called ``state``: the caller behind the functions that went on by tail calls.

    A text says why that is unknown; '' where there is no caller.
    """
    function = functions.at(state.looked_up)
    row = image.unwind(state.looked_up)
    guessed = row is None
    if row is None:
        row = _row_from_code(state, function, functions, peek)
    elif _says_nothing(row) and function is not None and state.looked_up != function.start:
        row = _row_from_code(state, function, functions, peek) or row
    if row is None:
        return f"what {function} did to the stack is not known" if function else ""
    values = list(state.values)
    cfa = values[row.cfa_register] + row.cfa_offset & 0xFFFF_FFFF
    place = "in LR"
    for register, offset in row.saved.items():
        slot = cfa + offset & 0xFFFF_FFFF
        place = f"at 0x{slot:08x}" if register == row.return_register else place
        try:
            values[register] = int.from_bytes(peek(slot, 4), "little")
        except GuestAccessError:
            return f"there is no memory at 0x{slot:08x}, where {function or 'the code'} keeps registers"
    is_saved = row.return_register in row.saved
    address = values[PC] = values[row.return_register]
    values[SP] = cfa
    if state.ipsr and is_exc_return(address):  # in Thread mode such an address is only a bad one
        try:
            below = _interrupted(_State(tuple(values), innermost=False, ipsr=state.ipsr), process_sp, image, peek)
            if isinstance(below, str):
                return below
            call = functions.handler_call(function, state.ipsr)
            return [*_tails(call, values, state.ipsr, function), *below] if call is not None else below
        except GuestAccessError:
            return "there is no memory at the stack pointer, where the exception frame should be"
    if not is_saved and not _holds_lr(state, function, functions):
        is_known = function and (functions.is_called(function) or (state.ipsr and state.innermost))
        return f"{function} keeps no return address" if is_known else ""
    call = functions.call_of(function, address & ~1, values, is_saved=is_saved)
    is_overwritten = is_saved and function is not None and functions.is_called(function)  # the program calls it
    if call is None and (_begins_function(address, image) or (address in _NO_CALLER and not is_overwritten)):
        return ""
    if call is None:
        found = _by_its_frame(_State(tuple(values), innermost=False, ipsr=state.ipsr), image, functions, peek, function)
        if found is not None:
            return [found]
        name = str(function) if function else "it"
        return f"the return address of {name}, 0x{address:08x} {place}, is not behind a call of {name}"
    guessed = (guessed or not is_saved) and not call.is_certain
    tails = _tails(call, values, state.ipsr, function)
    return [*tails, _State(tuple(values), innermost=False, ipsr=state.ipsr, guessed=guessed)]


def _tails(call: Call, values: list[int], ipsr: int, callee: Function | None) -> list[_State]:
    """Return the functions that went on to ``callee`` by the tail calls of ``call``, from the last one outwards."""
    return [
        _State(
            (*values[:PC], tail.pc), innermost=True, ipsr=ipsr, guessed=not tail.is_certain,
            relation=tail.relation, is_exact=tail.is_only,
        )
        for tail in call.tails
        if tail.function != callee
    ]  # fmt: skip


def _says_nothing(row: UnwindRow) -> bool:
    """Whether frame information says of an instruction that nothing has been done to the stack yet.

    Compilers say that of all of a naked function, whatever its own instructions push.
    """
    return row.cfa_register == SP and not row.cfa_offset and not row.saved


def _by_its_frame(
    called: _State, image: Image, functions: Functions, peek: Peek, callee: Function | None
) -> _State | None:
    """Return the caller of ``callee``, whose return address was overwritten: the one whose frame is above it.

    The C++ library's unwinder does so with its own. ``called`` has the registers as the call left them. It must be the
    only function that calls ``callee`` and whose own return address, where its frame would be, is behind a call of it.
    """
    found: dict[Function, _State] = {}
    for behind in functions.callers_of(callee)[:MOST_CALLERS] if callee is not None else ():
        state = _State((*called.values[:PC], behind), innermost=False, ipsr=called.ipsr, guessed=True)
        function, row = functions.at(state.looked_up), image.unwind(state.looked_up)
        if function is None or row is None or row.cfa_register != SP or row.return_register not in row.saved:
            continue
        slot = called.values[SP] + row.cfa_offset + row.saved[row.return_register] & 0xFFFF_FFFF
        try:
            address = int.from_bytes(peek(slot, 4), "little")
        except GuestAccessError:
            continue
        if function in found:
            return None
        if address & 1 and functions.call_of(function, address & ~1) is not None:
            found[function] = state
    return next(iter(found.values())) if len(found) == 1 else None


_NO_CALLER = frozenset((0, 0xFFFF_FFFE, 0xFFFF_FFFF))
"""Return addresses of what nobody called: LR as reset leaves it [B1.5.5], and what kernels start threads with."""


def _begins_function(address: int, image: Image) -> bool:
    """Whether ``address`` is a function: a kernel starts a thread with one to return to, which nobody called."""
    symbol = image.symbols.find_code(address & ~1)
    return symbol is not None and symbol.is_function and symbol.address == address & ~1


def _row_from_code(state: _State, function: Function | None, functions: Functions, peek: Peek) -> UnwindRow | None:
    """Return what the instructions from the function's entry to here did to the stack.

    Code that is in no function (a jump to a bad address) has done nothing yet: LR says who called.
    """
    if function is None:
        return UnwindRow(SP, 0, {}) if state.innermost else None
    code = functions.code(function)
    if state.innermost:
        return code.unwind(state.pc)
    is_wide = call_before(state.pc, peek)[1] is not None
    return code.unwind(state.pc - (4 if is_wide else 2))  # what follows a call that does not return is of another way


def _holds_lr(state: _State, function: Function | None, functions: Functions) -> bool:
    """Whether LR can still be the return address of the innermost function, which has not saved it."""
    if not state.innermost:
        return False  # a function that calls has saved LR, or never returns
    if function is None:
        return True
    code = functions.code(function)
    return code.keeps_lr(state.pc) or not code.reaches(state.pc)


# -- exception frames ----------------------------------------------------------------------------------------------


EXC_RETURNS = frozenset(0xFFFF_FF00 | low for low in (0xE1, 0xE9, 0xED, 0xF1, 0xF9, 0xFD))  # [B1.5.8, tables B1-8, 9]


def is_exc_return(address: int) -> bool:
    """Whether ``address`` returns from an exception; callers see return addresses with or without bit 0."""
    return address | 1 in EXC_RETURNS


def _is_svc_frame(frame: int, peek: Peek) -> bool:
    """Whether an exception frame at ``frame`` would return behind an SVC."""
    try:
        return peek(int.from_bytes(peek(frame + 24, 4), "little") - 1 & 0xFFFF_FFFF, 1) == _SVC
    except GuestAccessError:
        return False


def _interrupted(handler: _State, process_sp: int, image: Image, peek: Peek) -> list[_State] | str:
    """Return the registers that the exception frame under ``handler`` holds; a text where there can be none."""
    exc_return = handler.values[PC] | 1  # callers see return addresses with or without bit 0
    stacks = [process_sp, handler.values[SP]] if exc_return & 4 else [handler.values[SP], process_sp]
    frame = stacks[0]
    if handler.ipsr == ExceptionNumber.SVCALL and not _is_svc_frame(frame, peek) and _is_svc_frame(stacks[1], peek):
        frame, exc_return = stacks[1], exc_return | 0x10  # the handler made LR another one, to return somewhere else
    segment = image.segment_at(frame)
    if segment is not None and frame < segment.address + len(segment.data):
        return f"the exception frame cannot be at 0x{frame:08x}, where the program was loaded"
    words = struct.unpack("<8I", peek(frame, BASIC_FRAME))
    if bool(exc_return & 8) != (words[7] & 0x1FF == 0):  # [B1.5.8, ExceptionReturn(), integrity checks]
        return f"what is at 0x{frame:08x} is not the exception frame: its xPSR would be 0x{words[7]:08x}"
    values = list(handler.values)
    values[:4] = words[:4]
    values[12], values[LR], values[PC] = words[4], words[5], words[6]
    values[SP] = sp_before(frame, exc_return, words[7])
    return [_State(tuple(values), innermost=True, ipsr=words[7] & 0x1FF, interrupted_by=handler.ipsr)]
