"""The explanation of findings as lines: what happened first, then what the values say, then each register.

With a program it names functions and lines, and says what the instruction is; with memory it follows the calls. The
words are those of reports. No state.
"""

from __future__ import annotations

from collections.abc import Iterator

from emulator.armv7m.core import Registers
from emulator.armv7m.faults import Access, FaultCause, exception_name
from emulator.armv7m.mpu import CTRL_ENABLE, MPU
from emulator.armv7m.mpu_explain import Explanation
from emulator.debuginfo.source import shown_source
from emulator.disasm import NOT_AN_INSTRUCTION, Instruction, disassemble
from emulator.errors import GuestAccessError
from emulator.explain.consistency import NOT_OF_THE_PC, sentences, single_causes
from emulator.explain.field_words import described
from emulator.explain.findings import CORE_NAMES, Findings
from emulator.image.image import Image
from emulator.operands import effect_of
from emulator.trace.backtrace import Peek, backtrace
from emulator.trace.call_lines import plain_call_lines
from emulator.trace.headline import LIKELY_NULL
from emulator.trace.places import LEAST_POINTER
from emulator.trace.report_text import region_lines

INDENT = "  "
_LOADS = ("ld", "vld", "pop", "vpop", "tb")
_STORES = ("st", "vst", "push", "vpush")
STACKED = {"r0": 0, "r1": 1, "r2": 2, "r3": 3, "r12": 12}
"""Registers of an exception frame that are what they were at the instruction; handlers may have changed others."""
DATA_CAUSES = ("DACCVIOL", "PRECISERR", "UNALIGNED")
"""Causes that only an access to data can have."""
NEAR = 256
"""Bytes from the first address of any instruction's access to the last, and more."""
_ORDER = (
    *("exception", "CFSR", "HFSR", "DFSR", "MMFAR", "BFAR", "AFSR", "SHCSR", "EXC_RETURN", "CONTROL", "PRIMASK"),
    *("BASEPRI", "FAULTMASK"),
)


class Story:
    """What ``findings`` say. ``image`` is the program, None where nobody has it; ``peek`` reads memory."""

    def __init__(self, findings: Findings, image: Image | None, peek: Peek | None = None) -> None:
        self._findings = findings
        self._image = image
        self._own_peek = peek

    def lines(self) -> list[str]:
        """Return the explanation, without the ends of its lines."""
        findings = self._findings
        parts = [
            [self.headline(), *self._hints(), *sentences(findings), *self._other_program()],
            list(self._places()),
            list(self._regions()),
            list(self._registers()),
            [f"{INDENT}{name}: {words}" for name, words in findings.facts],
            list(self._endings()),
        ]
        shown = [part for part in parts if part]
        return [line for number, part in enumerate(shown) for line in ([""] * (number > 0) + part)]

    # -- what happened -----------------------------------------------------------------------------------------------

    def headline(self) -> str:
        """Return the fault in one sentence."""
        findings, causes = self._findings, single_causes(self._findings)
        exception = findings.words.get("exception")
        if not causes:
            if findings.fatal:
                return findings.fatal
            name = "The values" if exception is None else f"{exception_name(exception)}: the values"
            return f"{name} do not say which fault it was."
        cause = causes[0]
        return f"{exception_name(cause.exception)}: {self._who(cause)}{cause.words}{self._where(cause)}."

    def _who(self, cause: FaultCause) -> str:
        pc = self._findings.words.get("pc")
        if cause.name in ("IMPRECISERR", "FORCED", "DEBUGEVT"):
            return ""  # their words are a sentence of their own
        if cause.name in NOT_OF_THE_PC:
            return "the core "
        if pc is None:
            return "the program "
        code = None if self._image is None else self._image.symbols.find_code(pc & ~1)
        return f"the code at 0x{pc:08x} " if code is None else f"{code.name} "

    def _where(self, cause: FaultCause) -> str:
        address = self._address(cause)
        if address is None:
            return ""
        name = self._image.symbols.find_object(address) if self._image is not None else None
        where = f" ({name.name}+0x{address - name.address:x})" if name is not None else ""
        return f", at 0x{address:08x}{where}"

    def _address(self, cause: FaultCause) -> int | None:
        """Return the address that was refused, None where it is not known to be valid."""
        if cause.name in ("IACCVIOL", "IBUSERR"):
            return self._findings.words.get("pc")
        register = cause.address_register
        valid = {"MMFAR": "MMARVALID", "BFAR": "BFARVALID"}.get(register or "", "")
        if register is None or self._findings.bit(valid) is not True:
            return None
        return self._findings.words.get(register)

    def _hints(self) -> Iterator[str]:
        causes = single_causes(self._findings)
        address = self._address(causes[0]) if causes else None
        if address is not None and address < LIKELY_NULL and causes[0].name in ("DACCVIOL", "PRECISERR"):
            yield "An address this low is mostly a NULL pointer."

    def _other_program(self) -> Iterator[str]:
        """Yield why the instruction at pc is not the one that faulted: an ELF file of another build, mostly."""
        causes, instruction = single_causes(self._findings), self._instruction()
        unclear = (NOT_AN_INSTRUCTION, "svc")  # the kernel of v7m cc copies for its caller, at the SVC
        if len(causes) != 1 or instruction is None or instruction.mnemonic in unclear:
            return
        cause, remedy = causes[0], "pc is not of this fault, or the program is another build."
        if cause.name in DATA_CAUSES and not instruction.mnemonic.startswith((*_LOADS, *_STORES)):
            yield f"{instruction.text}, which is at pc, accesses no memory: {remedy}"
        elif cause.name == "DIVBYZERO" and not instruction.mnemonic.startswith(("sdiv", "udiv")):
            yield f"{instruction.text}, which is at pc, divides nothing: {remedy}"
        elif cause.name in ("DACCVIOL", "PRECISERR"):
            address, accessed = self._address(cause), self._accessed(instruction)
            if address is not None and accessed is not None and not -NEAR < address - accessed < NEAR:
                yield (
                    f"{instruction.text}, which is at pc, accesses 0x{accessed:08x} with these registers: they or "
                    f"{cause.address_register} are not of this fault, or the program is another build."
                )

    def _accessed(self, instruction: Instruction) -> int | None:
        """Return what an instruction accesses first, where only registers of the exception frame say so."""
        memory, words = effect_of(instruction).memory, self._findings.words
        if memory is None:
            return None
        used = {memory.base, memory.index_register} - {-1}
        names = {number: name for name, number in STACKED.items() if name in words}
        if not used or not used <= names.keys():
            return None
        registers = [words[names[number]] if number in names else 0 for number in range(16)]
        return memory.address(registers, instruction.address)

    # -- places ------------------------------------------------------------------------------------------------------

    def _places(self) -> Iterator[str]:
        words = self._findings.words
        if self._image is None:
            return
        if self._own_peek is not None and {"pc", "sp"} <= set(words):
            calls = backtrace(self._core_registers(), self._image, self._peek)
            yield from plain_call_lines(calls, self._instruction_text())
            return
        for name in ("pc", "lr"):
            if name in words and words[name] < 0xF000_0000:
                yield f"{INDENT}{name}  0x{words[name]:08x}  {self._place(name, words[name])}"
                if name == "pc" and self._instruction() is not None:
                    yield f"{INDENT * 3}{self._instruction_text()}"
        for name in CORE_NAMES[:13]:
            held = self._image.symbols.find_object(words[name]) if words.get(name, 0) >= LEAST_POINTER else None
            if held is not None:
                yield f"{INDENT}{name:<3} 0x{words[name]:08x}  {self._image.symbols.describe(words[name])}"

    def _place(self, name: str, address: int) -> str:
        assert self._image is not None
        at = address & ~1
        inside = at if name == "pc" else at - 2  # a return address is behind the call
        symbol = self._image.symbols.find_code(inside)
        if symbol is None:
            return "in no function of the program"
        line = self._image.source_line(inside)
        place = (
            self._image.symbols.describe(at) if symbol.size == 0 or at < symbol.address + symbol.size else symbol.name
        )
        return f"{place}  {shown_source(line.path)}:{line.line}" if line is not None else place

    def _instruction(self) -> Instruction | None:
        pc = self._findings.words.get("pc")
        if pc is None:
            return None
        for size in (4, 2):
            try:
                return disassemble(self._peek(pc & ~1, size), pc & ~1)
            except GuestAccessError:
                continue
        return None

    def _instruction_text(self) -> str:
        instruction = self._instruction()
        return "(no memory at this address)" if instruction is None else instruction.text

    def _peek(self, address: int, size: int) -> bytes:
        if self._own_peek is not None:
            try:
                return self._own_peek(address, size)
            except GuestAccessError:
                pass
        found = None if self._image is None else self._image.bytes_at(address, size)
        if found is None:
            raise GuestAccessError(f"nothing is known of 0x{address:08x}")
        return found

    def _core_registers(self) -> Registers:
        words = self._findings.words
        registers = Registers()
        registers.r = [words.get(f"r{number}", 0) for number in range(13)]
        registers.lr, registers.pc = words.get("lr", 0), words["pc"] & ~1
        registers.xpsr = words.get("xPSR", 1 << 24)
        registers.msp = registers.psp = words["sp"]
        return registers

    # -- regions -----------------------------------------------------------------------------------------------------

    def _regions(self) -> Iterator[str]:
        """Yield the MPU's regions, and what they say of the address that was refused where one is known."""
        regions = self._findings.regions()
        if not regions:
            return
        words, causes = self._findings.words, single_causes(self._findings)
        ctrl = words.get("MPU_CTRL", CTRL_ENABLE)
        mpu = MPU(16)
        for number, rbar, rasr in regions:
            mpu.set_region(number & 15, rbar, rasr)
        mpu.set_control(ctrl)
        address = next((found for found in map(self._address, causes) if found is not None), None)
        privileged, possible = self._is_privileged(), self._accesses(causes)
        explanations = [mpu.explain(address or 0, 1, access, privileged, False) for access in possible]
        explanation = next((one for one in explanations if not one.allowed), explanations[0])
        if not explanation.rows:
            yield f"{INDENT}MPU: no region of those is enabled"
        elif address is None:  # nothing to decide: the table without its last column
            table = region_lines(explanation, {})[: 1 + len(explanation.rows)]
            yield from (line.rpartition("  ")[0].rstrip() for line in table)
        else:
            yield from region_lines(explanation, {})
            yield from self._decision(explanation, causes[0].name)

    def _decision(self, explanation: Explanation, cause: str) -> Iterator[str]:
        words = self._findings.words
        who = "privileged" if explanation.privileged else "unprivileged"
        verb = {"read": "a load", "write": "a store", "fetch": "an instruction fetch"}[explanation.access]
        allowed = "allowed" if explanation.allowed else "refused"
        yield f"{INDENT}{verb} by {who} code is {allowed}: {explanation.describe()}"
        if explanation.allowed and cause in ("DACCVIOL", "IACCVIOL"):
            yield f"{INDENT}That is no fault: the regions are not those of the fault, or the access another one."
        if "MPU_CTRL" not in words:
            yield f"{INDENT}MPU_CTRL is not given: taken as on, without PRIVDEFENA."
        if not {"CONTROL", "EXC_RETURN", "xPSR"} & set(words):
            yield f"{INDENT}Neither CONTROL nor xPSR is given: taken as privileged."

    def _accesses(self, causes: list[FaultCause]) -> tuple[Access, ...]:
        """Return what the access may have been."""
        if any(cause.name in ("IACCVIOL", "IBUSERR") for cause in causes):
            return (Access.FETCH,)
        instruction = self._instruction()
        if instruction is not None and instruction.mnemonic.startswith(_STORES):
            return (Access.WRITE,)
        if instruction is not None and instruction.mnemonic.startswith(_LOADS):
            return (Access.READ,)
        return Access.READ, Access.WRITE

    def _is_privileged(self) -> bool:
        words, exc_return = self._findings.words, self._findings.exc_return
        in_handler = words.get("xPSR", 0) & 0x1FF if exc_return is None else not exc_return & 8
        return bool(in_handler) or not words.get("CONTROL", 0) & 1

    # -- registers ---------------------------------------------------------------------------------------------------

    def _registers(self) -> Iterator[str]:
        words = dict(self._findings.words)
        names = [name for name in _ORDER if name in words]
        names += [name for name in words if name not in (*_ORDER, *CORE_NAMES, "msp", "psp")]
        names += ["xPSR"] * ("xPSR" in words)
        for name in names:
            yield from self._register(name, words[name])
        cells = [(name, words[name]) for name in (*CORE_NAMES[:-1], "msp", "psp") if name in words]
        for first in range(0, len(cells), 4):
            shown = [f"{name:<3} {value:08x}" for name, value in cells[first : first + 4]]
            yield INDENT + "  ".join(shown)

    def _register(self, name: str, word: int) -> Iterator[str]:
        part = ""
        if name == "CFSR" and self._findings.cfsr_known != 0xFFFF_FFFF:
            part = f"  of which 0x{self._findings.cfsr_known:08x} is known"
        value = str(word) if name == "exception" else f"0x{word:08x}"
        yield f"{INDENT}{name}  {value}{part}"
        rows = described(name, word)
        width = max((len(field) for field, _ in rows), default=0)
        yield from (f"{INDENT * 3}{field:<{width}}  {says}".rstrip() for field, says in rows)

    def _endings(self) -> Iterator[str]:
        if self._findings.titles:
            yield f"Read as {', '.join(self._findings.titles)}."
        left = self._findings.left
        if left:
            more = f", and {len(left) - 5} more" if len(left) > 5 else ""
            yield f"Not understood: {'; '.join(left[:5])}{more}."
