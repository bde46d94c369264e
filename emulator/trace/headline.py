"""The first sentence of a fault: what happened, who did it and in which line. The status bit is not an event.

Every sentence is made of the record of the fault and of the code: what cannot be told from them is not said.
"""

from __future__ import annotations

from emulator.armv7m.faults import Access, Fault, exception_name
from emulator.disasm import Instruction
from emulator.engine.branch import CALL, EXCEPTION_RETURN, JUMP, POINTER_CALL, RETURN, VECTOR
from emulator.errors import GuestAccessError
from emulator.machine.fault_record import EXC_RETURN_SPACE, FaultRecord
from emulator.machine.machine import Machine
from emulator.machine.stop import FOREIGN, FOREIGN_FRAME
from emulator.machine.story import Place, Story
from emulator.records import dataclass
from emulator.trace.address_words import bare_place
from emulator.trace.backtrace import Backtrace, Frame
from emulator.trace.fault_words import describe_request, is_request, priority_words
from emulator.trace.functions import Functions
from emulator.trace.operands import alignment_of, memory_operand, register_value
from emulator.trace.own_code import called_library, name_frame, own_index, short_line
from emulator.trace.values import describe_value
from emulator.trace.variable_words import Local

OWN_ACCESSES = frozenset(("IACCVIOL", "DACCVIOL", "IBUSERR", "PRECISERR", FOREIGN.name))
"""The causes that are of the instruction's own access."""

LIKELY_NULL = 256
"""Below this address an access was meant for a field or element of NULL more often than for the vector table."""
NEAR_SP = 1024
"""Bytes between a stack pointer and an access that is still one of the stack's."""
_VERBS = {Access.READ: "read {} from", Access.WRITE: "write {} to", Access.FETCH: "execute code in"}
_FIRST_FP, _LAST_FP = 10, 11


@dataclass(frozen=True, slots=True)
class Scene:
    """A fault and what is known around it: ``call`` is the kernel's call that made the access, None without one."""

    machine: Machine
    record: FaultRecord
    story: Story | None
    frames: Backtrace
    instruction: Instruction | None
    call: str | None
    address: int | None
    place: Place | None
    local: Local | None = None

    @property
    def where(self) -> str:
        """Where the refused access went, in words."""
        assert self.address is not None
        return self.place.words if self.place is not None else bare_place(self.machine, self.record, self.address)

    def is_memory(self, address: int) -> bool:
        """Whether there is memory or a device at ``address``."""
        return self.machine.bus.device_name(address) is not None

    def speak(self, value: int) -> str:
        """Return a word as hexadecimal digits, with what it most likely is."""
        words = describe_value(value, self.machine.image, self.is_memory)
        return f"0x{value:08x} ({words})" if words else f"0x{value:08x}"


def describe_exception(machine: Machine, exception: int) -> str:
    """Return an exception's name, with what drives an interrupt where the board says it: ``IRQ8 (uart0 rx)``."""
    name = exception_name(exception)
    drivers = machine.devices.drivers(exception - 16) if machine.devices is not None and exception >= 16 else ()
    return f"{name} ({', '.join(drivers)})" if drivers else name


def headline(scene: Scene) -> str:
    """Return the sentence."""
    record, cause = scene.record, scene.record.fault.cause
    name = "Isolation" if cause in (FOREIGN, FOREIGN_FRAME) else exception_name(cause.exception)
    if is_request(record):
        return describe_request(record, who(scene).rstrip(","))
    if cause.name == "VECTTBL":
        vector = f"the vector of {describe_exception(scene.machine, record.raised.other)}"
        assert scene.address is not None
        return f"HardFault: {vector} could not be read from {bare_place(scene.machine, record, scene.address)}."
    event = _went_astray(scene) or _by_cause(scene)
    return f"{name}: {event}."


def who(scene: Scene) -> str:
    """Return who did it, to be followed by a verb: the thread, the function of the program's own code, and its line."""
    record, frames = scene.record, scene.frames
    own = own_index(frames)
    ipsr = record.registers.ipsr
    if own is not None and any(frame.exception for frame in frames.frames[1 : own + 1]) and own > 0:
        own = None  # what an exception interrupted did not do it
    if frames.frames[0].symbol is None and not frames.frames[0].inlined:
        own = None  # what led there did something else
    frame = frames.frames[own] if own is not None else None
    if frame is not None and scene.call in (frame.function, frame.symbol):
        frame = None  # the call's own stub
    library = scene.call or (called_library(frames, own) if own is not None else "")
    if ipsr or scene.story is None:
        inner = frames.frames[0]
        place = f" in the data object {inner.data}" if inner.data else ""
        actor = library or inner.function or f"the code at 0x{record.pc:08x}{place}"
        if frame is not None and library:
            actor += f", called by {name_frame(frame)},"
        elif frame is not None:
            actor = name_frame(frame)
        if not ipsr:
            return actor
        if record.pc >= EXC_RETURN_SPACE:  # where it returned is not known
            return f"the {describe_exception(scene.machine, ipsr)} handler"
        handler = f"{_handler(scene, inner)} the {describe_exception(scene.machine, ipsr)} handler".lstrip()
        interrupted = f", which interrupted {scene.story.subject}" if scene.story is not None else ""
        return f"{actor.rstrip(',')}, {handler}{interrupted},"
    inner = frames.frames[0]
    if inner.symbol is None and not inner.inlined:
        where = f", in the data object {inner.data}" if inner.data else ""
        return f"{scene.story.subject}, executing 0x{inner.pc:08x}{where},"
    actor = name_thread(scene.story.subject, frame)
    return f"{actor}, in {library}," if library else actor


def _handler(scene: Scene, inner: Frame) -> str:
    """Return ``in SysTick_Handler,`` where that called ``inner``, '' where it is ``inner`` itself."""
    frames = scene.frames.frames
    outer = next((i for i, frame in enumerate(frames) if frame.exception), 0)
    handler = frames[outer - 1] if outer > 1 else inner
    name = handler.function or handler.symbol
    return "" if handler is inner else f"in {name}," if name else "in"


def name_thread(thread: str, frame: Frame | None) -> str:
    """Return a thread with its function and line: ``Init (POSIX_Init, main.c:39)``."""
    function = (frame.function or frame.symbol or "") if frame is not None else ""
    parts = [function] if function and function not in thread.split() else []
    parts += [short_line(frame)] if frame is not None and frame.line else []
    return f"{thread} ({', '.join(parts)})" if parts else thread


# -- places where there is no code ---------------------------------------------------------------------------------


def _went_astray(scene: Scene) -> str:
    """Say how execution came to an address where there is no code; '' where the fault is of an instruction of code."""
    record = scene.record
    branch, fetched = record.branch, not record.registers.xpsr >> 24 & 1
    functions = Functions(scene.machine.image, scene.machine.peek)
    if branch is None or not (fetched or functions.at(record.pc) is None):
        return ""
    target = record.pc | record.registers.xpsr >> 24 & 1
    to = "a NULL function pointer" if target < 2 else _pointed(scene, target)
    if branch.kind == VECTOR:
        ipsr = record.registers.ipsr
        name = describe_exception(scene.machine, ipsr) if ipsr else "Reset"
        return f"the vector of {name} is {scene.speak(target)}{_refused(scene)}"
    if branch.kind == EXCEPTION_RETURN:
        found = f"{scene.speak(target)}, the return address in the exception frame"
        return f"an exception return went to {found}{_refused(scene)}"
    source = next((f for f in scene.frames.frames[1:2] if f.symbol is not None or f.inlined), None)
    if branch.pc is None or source is None:
        return ""
    actor = name_frame(source)
    if scene.story is not None and not record.registers.ipsr:
        actor = name_thread(scene.story.subject, source)
    if branch.kind == RETURN:
        popped = f", popped from 0x{record.registers.sp - 4 & 0xFFFF_FFFF:08x}" if branch.popped else ", which LR held"
        return f"{actor} returned to {scene.speak(target)}{popped}{_refused(scene)}"
    if branch.kind in (POINTER_CALL, JUMP):
        is_call = branch.kind == POINTER_CALL or _is_tail_call(functions, branch.pc)
        to = to if is_call else scene.speak(target)
        return f"{actor} {'called' if is_call else 'branched to'} {to}{_refused(scene)}"
    return f"{actor} called {to}{_refused(scene)}" if branch.kind == CALL else ""


def _pointed(scene: Scene, target: int) -> str:
    """Return where a pointer led, with the function that is there if its bit 0 were set."""
    symbol = scene.machine.image.symbols.find_code(target) if not target & 1 else None
    if symbol is not None and symbol.is_function and symbol.address == target:
        return f"{symbol.name} at 0x{target:08x}"
    return scene.speak(target)


def _refused(scene: Scene) -> str:
    """Say what is wrong with an address that execution went to."""
    record, cause = scene.record, scene.record.fault.cause.name
    if cause == "INVSTATE":
        data = scene.machine.image.symbols.find_object(record.pc)
        inside = f" in the data object {scene.machine.image.symbols.describe(record.pc)}" if data is not None else ""
        return "" if record.pc == 0 else f"{inside}: the address is even, and ARMv7-M executes Thumb code only"
    if scene.address is not None and scene.place is not None:
        words = scene.place.words
        shown = f"0x{scene.address:08x}"
        return words.removeprefix(shown) if words.startswith(f"{shown} in ") else f", in {words}"
    if scene.address is not None and cause in OWN_ACCESSES:
        return bare_place(scene.machine, record, scene.address).removeprefix(f"0x{scene.address:08x}")
    return (
        f", and {scene.record.fault.cause.words.replace('executed', 'what is there is')}"
        if _is_undefined(scene)
        else ""
    )


def _is_undefined(scene: Scene) -> bool:
    return scene.record.fault.cause.name == "UNDEFINSTR"


def _is_tail_call(functions: Functions, pc: int) -> bool:
    """Whether the branch at ``pc`` leaves its function with the stack as it was at the entry: a call of another one."""
    function = functions.at(pc)
    return function is not None and any(leaving.pc == pc for leaving in functions.code(function).exits)


# -- instructions --------------------------------------------------------------------------------------------------


def _by_cause(scene: Scene) -> str:
    """Say what the instruction, or the core at it, did."""
    record, fault = scene.record, scene.record.fault
    name, actor = fault.cause.name, who(scene)
    if record.raised.step:
        return _core_failed(scene, actor)
    if name == "DEBUGEVT":
        return f"{actor} executed a breakpoint with no debugger to take it"
    if name == "FORCED":
        return _refused_svc(scene, actor)
    if name in ("UNALIGNED", "DIVBYZERO", "NOCP", "UNDEFINSTR") and scene.instruction is not None:
        return _forbidden(scene, actor, scene.instruction)
    if name == "IMPRECISERR":
        return _late_store(scene, actor)
    if fault.access is None or scene.address is None or name not in OWN_ACCESSES:
        return f"{actor} {fault.cause.words}{_at(scene)}"
    if fault.access is Access.FETCH:
        is_lost = scene.frames.frames[0].symbol is None and scene.story is None
        return f"execution went to {scene.where}" if is_lost else f"{actor} tried to execute code in {scene.where}"
    size = f"{fault.size} byte{'' if fault.size == 1 else 's'}"
    verb = _VERBS[fault.access].format(size + (" through a NULL pointer" if is_through_null(scene) else ""))
    return f"{actor} tried to {verb} {scene.where}{_overflow(scene) or _variable(scene)}"


def is_through_null(scene: Scene) -> bool:
    """Whether the register that the address was made from is 0, and the address near that."""
    if scene.frames.frames[0].symbol is None and not scene.frames.frames[0].inlined:
        return False  # what is executed there is no code
    if scene.call is not None or scene.instruction is None or scene.address is None or scene.address >= LIKELY_NULL:
        return False
    operand = memory_operand(scene.instruction, scene.record.registers)
    return operand is not None and operand.base_value == 0


def _overflow(scene: Scene) -> str:
    """Say that the main stack of a bare program has left the RAM that it began in; '' where it has not."""
    machine, sp, address = scene.machine, scene.record.registers.sp, scene.address
    if scene.story is not None or address is None:
        return ""
    top = (machine.bus.read(machine.vector_table, 4) or 0) & ~3
    bottom = next((start for start, size in machine.ram if start < top <= start + size), None)
    if bottom is None or not bottom - NEAR_SP <= address < bottom or abs(sp - address) > NEAR_SP:
        return _met_guard(scene, sp, address)
    return f": the stack overflowed, {bottom - address} bytes below the RAM that it is in"


def _variable(scene: Scene) -> str:
    """Say which variable it is that was refused, '' where that is not known."""
    local = scene.local
    if local is None or (scene.place is not None and "its own" in scene.place.words):
        return ""
    return f"; that was {local.words}, which has returned" if local.is_over else f"; that is {local.words}"


def _met_guard(scene: Scene, sp: int, address: int) -> str:
    """Say that a stack runs into the MPU region that refuses what is pushed right below the stack pointer."""
    explanation = scene.record.explanation
    deciding = [row for row in explanation.rows if row.decided] if explanation is not None else []
    if not deciding or abs(sp - address) > NEAR_SP or scene.record.fault.access is not Access.WRITE:
        return ""
    row, instruction = deciding[0], scene.instruction
    if row.base <= sp <= address < row.base + row.size and instruction is not None and "sp" in instruction.operands:
        return f": the stack has run into it; its pointer is 0x{sp:08x}"
    if sp <= address:
        return ""
    pushes = bool(scene.record.raised.step) or (
        instruction is not None and ("push" in instruction.mnemonic or "sp" in instruction.operands)
    )
    if not pushes or not row.base <= address < row.base + row.size <= sp + NEAR_SP:
        return ""
    return f": the stack runs into it, {sp - address} bytes below the stack pointer"


def _at(scene: Scene) -> str:
    if scene.address is None:
        return ""
    return f": 0x{scene.address:08x} is {scene.place.words}" if scene.place else f" at 0x{scene.address:08x}"


def _forbidden(scene: Scene, actor: str, instruction: Instruction) -> str:
    name, registers = scene.record.fault.cause.name, scene.record.registers
    mnemonic = instruction.mnemonic
    if name == "UNALIGNED":
        operand = memory_operand(instruction, registers)
        if operand is None:
            return f"{actor} {scene.record.fault.cause.words}"
        aligned = f"which needs a multiple of {alignment_of(mnemonic)}"
        return f"{actor} used {mnemonic} at {scene.speak(operand.address)}, {aligned}"
    if name == "DIVBYZERO":
        dividend = register_value(instruction.operands.split(", ")[-2], registers)
        if dividend is None:
            return f"{actor} divided by zero"
        signed = dividend - (1 << 32) if mnemonic.startswith("s") and dividend >> 31 else dividend
        return f"{actor} divided {signed} by zero"
    if name == "NOCP":
        return _no_coprocessor(scene, actor, instruction)
    return f"{actor} {_undefined(scene, instruction)}"


def _no_coprocessor(scene: Scene, actor: str, instruction: Instruction) -> str:
    second = int.from_bytes(instruction.bytes[2:4], "little")
    coprocessor = second >> 8 & 15
    if coprocessor not in (_FIRST_FP, _LAST_FP):
        return f"{actor} used coprocessor {coprocessor}, which there is none of"
    used = f"{actor} used the FPU ({instruction.mnemonic})"
    if scene.machine.config.has_fpu:
        return f"{used} while CPACR denied access to it"
    return f"{used}, which the {scene.machine.config.name} of this board does not have"


def _undefined(scene: Scene, instruction: Instruction) -> str:
    code = instruction.bytes.hex()
    if instruction.bytes == b"\xff\xde":
        return "executed udf #255, which is __builtin_trap(), or code that GCC found to use NULL or to divide by 0"
    if instruction.mnemonic in ("udf", "udf.w", "trap"):
        return f"executed {instruction.text}, which is undefined on purpose"
    if set(code) == {"f"}:
        return f"executed 0x{code}, as erased flash holds"
    return f"executed an undefined instruction, {instruction.text}"


def _late_store(scene: Scene, actor: str) -> str:
    fault = scene.record.fault
    if fault.address is None:
        return f"an earlier store failed on the bus; {actor.rstrip(',')} was executing when it was noticed"
    size = f"{fault.size} byte{'' if fault.size == 1 else 's'}"
    where = scene.where
    return f"an earlier store of {size} failed at {where}; it was noticed in {actor.rstrip(',')}"


def _refused_svc(scene: Scene, actor: str) -> str:
    escalation = scene.record.escalation
    if escalation is None:
        return f"{actor} {scene.record.fault.cause.words}"
    base = f"{actor} executed {scene.instruction.text if scene.instruction is not None else 'an SVC'}"
    own = f"SVCall (priority 0x{escalation.priority:02x})"
    if escalation.holder:
        holder = describe_exception(scene.machine, escalation.holder)
        return f"{base}, and {own} cannot preempt {holder} (priority {priority_words(escalation.current)})"
    if escalation.mask == "BASEPRI":
        return f"{base}, and {own} cannot preempt code under BASEPRI {priority_words(escalation.current)}"
    return f"{base} with {escalation.mask} set, so that SVCall could not be taken"


# -- what the core does around exceptions --------------------------------------------------------------------------


def _core_failed(scene: Scene, actor: str) -> str:
    raised, fault = scene.record.raised, scene.record.fault
    other = describe_exception(scene.machine, raised.other) if raised.other else "an exception"
    if fault.cause.name == "INVPC":
        return _invalid_return(scene, actor)
    if raised.step == "stacking" and scene.address is not None:
        pushed = f"the frame of {other}, taken in {actor.rstrip(',')}, could not be pushed"
        return f"{pushed}: the core tried to write to {scene.where}{_overflow(scene)}"
    if raised.step == "unstacking" and scene.address is not None:
        return f"returning from {other}, the core could not pop the frame: it tried to read from {scene.where}"
    return f"{actor} {fault.cause.words}{_at(scene)}"


def _invalid_return(scene: Scene, actor: str) -> str:
    value = _exc_return(scene)
    if value is None:
        return f"{actor} {scene.record.fault.cause.words}"
    words = f"{actor} returned with EXC_RETURN 0x{value:08x}"
    if not value & 0x10 and not scene.machine.config.has_fpu:
        return f"{words}, which stands for an FP frame: the {scene.machine.config.name} has no FPU"
    if value & 15 not in (1, 9, 13) or value & 0x0FFF_FFE0 != 0x0FFF_FFE0:
        return f"{words}, which is none that the architecture has"
    return f"{words}{_missed_frame(scene, value) or ', which does not fit the state of the exceptions or of the frame'}"


def _missed_frame(scene: Scene, exc_return: int) -> str:
    """Say that no frame is where the return looked for one: its xPSR is of another mode. '' where that is not sure."""
    registers = scene.record.registers
    name, frame = ("PSP", registers.psp) if exc_return & 4 else ("MSP", registers.msp)
    if name == "MSP" and (scene.instruction is None or not scene.instruction.mnemonic.startswith("bx")):
        return ""  # what is popped moves it
    try:
        xpsr = int.from_bytes(scene.machine.peek(frame + 28, 4), "little")
    except GuestAccessError:
        return ""
    ipsr = xpsr & 0x1FF
    if bool(exc_return & 8) != bool(ipsr):
        return ""
    is_frame = bool(xpsr & 1 << 24) and not xpsr & 0xF0_0000 and ipsr < scene.machine.exceptions.count
    if is_frame and ipsr:
        owner = describe_exception(scene.machine, ipsr)
        return f", for Thread mode, and the frame at 0x{frame:08x}, where {name} points, is of the {owner} handler"
    return "" if is_frame else f", and there is no exception frame at 0x{frame:08x}, where {name} points"


def _exc_return(scene: Scene) -> int | None:
    """Return the value that the handler's last instruction loaded into the PC."""
    instruction, registers = scene.instruction, scene.record.registers
    if scene.record.pc >= EXC_RETURN_SPACE:
        return scene.record.pc | 1
    if instruction is None:
        return None
    value = None
    if instruction.mnemonic.startswith("bx"):
        value = register_value(instruction.operands, registers)
    elif instruction.mnemonic.startswith(("pop", "ldm")):
        try:
            value = int.from_bytes(scene.machine.peek(registers.sp - 4 & 0xFFFF_FFFF, 4), "little")
        except GuestAccessError:
            return None
    return value if value is not None and value >> 28 == 15 else None


def is_own_access(fault: Fault) -> bool:
    """Whether the fault is of the instruction's own access, not of stacking or unstacking around an exception."""
    return fault.cause.name in OWN_ACCESSES
