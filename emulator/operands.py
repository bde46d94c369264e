"""What an instruction makes the values of its registers from: another register, memory, a constant.

Read from the disassembly, since Capstone's own lists of registers are wrong for some instructions. What is not known
to be plain is OTHER: a value that was computed of several. S and D registers are not followed. No state.
"""

from __future__ import annotations

import re

from emulator.annotations import NamedTuple
from emulator.bits import WORD_MASK
from emulator.disasm import Instruction

SP, LR, PC = 13, 14, 15
MOVE, SUM, DERIVED, CONSTANT, LOAD, OTHER = "move", "sum", "derived", "constant", "load", "other"

REGISTERS = {f"r{n}": n for n in range(13)} | {"sb": 9, "sl": 10, "fp": 11, "ip": 12, "sp": SP, "lr": LR, "pc": PC}
"""The core registers by the disassembler's names."""
_CONDITIONS = ("eq", "ne", "hs", "cs", "lo", "cc", "mi", "pl", "vs", "vc", "hi", "ls", "ge", "lt", "gt", "le")
_WORD = re.compile(r"[a-z]+\d*")
_LOADS = {"ldr": 4, "ldrt": 4, "ldrex": 4, "ldrb": 1, "ldrbt": 1, "ldrsb": 1, "ldrsbt": 1, "ldrexb": 1}
_LOADS |= {"ldrh": 2, "ldrht": 2, "ldrsh": 2, "ldrsht": 2, "ldrexh": 2, "ldrd": 4}
_STORES = {"str": 4, "strt": 4, "strb": 1, "strbt": 1, "strh": 2, "strht": 2, "strd": 4}
_EXCLUSIVE_STORES = {"strex": 4, "strexb": 1, "strexh": 2}
_MULTIPLE = ("ldm", "ldmia", "ldmfd", "ldmdb", "ldmea", "stm", "stmia", "stmea", "stmdb", "stmfd", "pop", "push")
_DESCENDING = ("ldmdb", "ldmea", "stmdb", "stmfd", "push")
_SUMS = ("add", "addw", "sub", "subw")
_PAIRS: tuple[str, ...] = ("ldrd", "umull", "smull", "umlal", "smlal", "umaal", "smlald", "smlsld")
_PAIRS += ("smlaldx", "smlsldx", "smlalbb", "smlalbt", "smlaltb", "smlaltt")
_WITHOUT_RESULT: tuple[str, ...] = ("cmp", "cmn", "tst", "teq", "b", "cbz", "cbnz", "tbb", "tbh", "bx", "bkpt", "svc")
_WITHOUT_RESULT += ("udf", "nop", "dmb", "dsb", "isb", "msr", "pld", "pli", "cpsie", "cpsid", "wfi", "wfe")
_WITHOUT_RESULT += ("sev", "yield", "clrex", "dbg", "csdb", "trap", "hint", "mcr", "mcrr", "mcr2", "cdp", "stc", "ldc")
_EXTENSIONS = ("uxtb", "uxth", "sxtb", "sxth", "clz", "rbit", "rev", "rev16", "revsh", "mvn")
_DERIVATIONS = ("and", "bic", "orr", "lsl", "lsr", "asr", "uxtb", "uxth", "sxtb", "sxth", "ubfx", "sbfx", "rsb")
_BASES = {*_LOADS, *_STORES, *_EXCLUSIVE_STORES, *_MULTIPLE, *_SUMS, *_PAIRS, *_WITHOUT_RESULT}
_BASES |= {"bl", "blx", "mov", "movw"}
_BASES |= {"movt", "mvn", "adr", "adc", "sbc", "rsb", "and", "orr", "orn", "eor", "bic", "lsl", "lsr", "asr", "ror"}
_BASES |= {"rrx", "mul", "mla", "mls", "sdiv", "udiv", "uxtb", "uxth", "sxtb", "sxth", "bfi", "bfc", "ubfx", "sbfx"}
_BASES |= {"clz", "rbit", "rev", "rev16", "revsh", "ssat", "usat", "mrs"}


class Memory(NamedTuple):
    """A memory operand: ``base`` + ``offset``, + ``index_register`` << ``shift`` where there is one (not -1).

    ``after``: the base alone is the address, what is added only changes the base. ``writes_back``: the base changes.
    """

    base: int
    offset: int = 0
    index_register: int = -1
    shift: int = 0
    after: bool = False
    writes_back: bool = False

    def address(self, registers: list[int], pc: int) -> int:
        """Return the address with these R0-R15; ``pc`` is that of the instruction."""
        start = (pc + 4 & ~3) if self.base == PC else registers[self.base]
        if self.after:
            return start & WORD_MASK
        index = registers[self.index_register] << self.shift if self.index_register >= 0 else 0
        return start + self.offset + index & WORD_MASK


class Source(NamedTuple):
    """What a register gets its value from.

    ``registers``: those that MOVE, SUM, DERIVED (from one register and a constant) and OTHER read. LOAD reads ``size``
    bytes of ``memory``, ``place`` bytes behind its address.
    """

    kind: str
    registers: tuple[int, ...] = ()
    memory: Memory | None = None
    place: int = 0
    size: int = 4


class Stored(NamedTuple):
    """A store of the low ``size`` bytes of ``register``, ``place`` bytes behind the address of ``memory``."""

    register: int
    memory: Memory
    place: int
    size: int


class Effect(NamedTuple):
    """``results`` of an instruction by register, what it has ``stored``, and whether a condition may keep it from that.

    ``memory``: the operand that its access is made with, None for an instruction that makes none.
    """

    results: dict[int, Source]
    stored: tuple[Stored, ...]
    condition: str
    memory: Memory | None


def split_mnemonic(mnemonic: str) -> tuple[str, str]:
    """Return the instruction's name, without width and S, and its condition, '' for always."""
    name = mnemonic.removesuffix(".w").removesuffix(".n")
    if name in _BASES or name.startswith(("v", "it")):
        return name.split(".")[0], ""
    if name.endswith("s") and name[:-1] in _BASES and name != "bls":  # B with the condition LS, and no BL
        return name[:-1], ""
    base, condition = name[:-2], name[-2:]
    if condition in _CONDITIONS:
        if base.endswith("s") and base not in _BASES and base[:-1] in _BASES:
            base = base[:-1]
        return base, condition
    return name, ""


def effect_of(instruction: Instruction) -> Effect:
    """Return what ``instruction`` does to registers and memory, as far as that is known."""
    name, condition = split_mnemonic(instruction.mnemonic)
    operands = instruction.operands
    if name.startswith("v"):
        return _floating(name, operands, condition)
    if name in _MULTIPLE:
        return _multiple(name, operands, condition)
    if name in _LOADS or name in _STORES or name in _EXCLUSIVE_STORES:
        return _single(name, operands, condition)
    if name in ("bl", "blx"):
        return Effect({LR: Source(CONSTANT)}, (), condition, None)
    if name == "msr" and operands.startswith(("msp", "psp", "control")):
        return Effect({SP: Source(OTHER, tuple(registers_in(operands)[-1:]))}, (), condition, None)
    if name in _WITHOUT_RESULT or name.startswith("it") or name[0] == ".":
        memory = _memory(operands) if name in ("tbb", "tbh") else None
        return Effect({}, (), condition, memory)
    return Effect(_computed(name, operands), (), condition, None)


def _computed(name: str, operands: str) -> dict[int, Source]:
    registers = registers_in(operands)
    if not registers:
        return {}
    count = 2 if name in _PAIRS else 1
    results, sources = registers[:count], tuple(registers[count:])
    if name in ("mov", "movw") and len(registers) == 2 and operands.count(",") == 1:
        return {results[0]: Source(MOVE, sources)}
    if name in ("mov", "movw", "mvn", "adr", "movt") and not sources:
        return {results[0]: Source(CONSTANT)}
    if name == "mla":
        return {results[0]: Source(SUM, (sources[2], sources[0]))}
    if name in _SUMS:
        if operands.count(",") == 1:
            sources = (results[0], *sources)
        return {results[0]: Source(SUM, sources)}
    if operands.count(",") == 1 or name in ("bfi", "bfc", "mla", "umlal", "smlal", "umaal"):
        sources = (*results, *sources) if name not in _EXTENSIONS else sources
    if name in _DERIVATIONS and len(set(sources)) == 1:
        return {results[0]: Source(DERIVED, sources[:1])}
    return {register: Source(OTHER, sources) for register in results}


def _single(name: str, operands: str, condition: str) -> Effect:
    memory = _memory(operands)
    before = registers_in(operands.split("[")[0])
    results: dict[int, Source] = {}
    stored: list[Stored] = []
    if memory is None:  # a literal that is shown as an address
        return Effect({register: Source(CONSTANT) for register in before}, (), condition, None)
    if memory.writes_back:
        results[memory.base] = Source(SUM, (memory.base,))
    if name in _LOADS:
        for number, register in enumerate(before):
            results[register] = Source(LOAD, (), memory, 4 * number, _LOADS[name])
    else:
        if name in _EXCLUSIVE_STORES:
            results[before[0]] = Source(OTHER)
            before = before[1:]
        size = _STORES.get(name) or _EXCLUSIVE_STORES[name]
        stored = [Stored(register, memory, 4 * number, size) for number, register in enumerate(before)]
    return Effect(results, tuple(stored), condition, memory)


def _multiple(name: str, operands: str, condition: str) -> Effect:
    head, _, tail = operands.partition("{")
    base = SP if name in ("push", "pop") else registers_in(head)[0]
    listed = _listed(tail)
    writes_back = "!" in head or name in ("push", "pop")
    offset = -4 * len(listed) if name in _DESCENDING else 0
    memory = Memory(base, offset, writes_back=writes_back)
    results = {base: Source(SUM, (base,))} if writes_back else {}
    if name.startswith(("ldm", "pop")):
        results |= {register: Source(LOAD, (), memory, 4 * place) for place, register in enumerate(listed)}
        return Effect(results, (), condition, memory)
    stored = tuple(Stored(register, memory, 4 * place, 4) for place, register in enumerate(listed))
    return Effect(results, stored, condition, memory)


def _floating(name: str, operands: str, condition: str) -> Effect:
    """Return the effect on core registers: VMOV and VMRS give them values, VLDM and VPUSH change a base."""
    memory = _memory(operands)
    if name.startswith(("vpush", "vpop")):
        return Effect({SP: Source(SUM, (SP,))}, (), condition, None)
    if name.startswith(("vldm", "vstm")):
        head = operands.partition("{")[0]
        base = registers_in(head)[0]
        writes_back = "!" in head
        results = {base: Source(SUM, (base,))} if writes_back else {}
        below = -4 * _words_of_floats(operands) if name.endswith("db") else 0
        return Effect(results, (), condition, Memory(base, below, writes_back=writes_back))
    first = operands.split(",")[0].strip()
    if name in ("vmov", "vmrs") and first in REGISTERS:
        count = 2 if operands.count(",") >= 2 and operands.split(",")[1].strip() in REGISTERS else 1
        return Effect({number: Source(OTHER) for number in registers_in(operands)[:count]}, (), condition, None)
    return Effect({}, (), condition, memory)


def registers_in(text: str) -> list[int]:
    """Return the core registers named in ``text``, in their order."""
    return [REGISTERS[word] for word in _WORD.findall(text) if word in REGISTERS]


def _listed(text: str) -> list[int]:
    """Return the registers of a list such as ``r4-r6, pc}``, lowest first: the order in memory."""
    found: set[int] = set()
    for part in text.split("}")[0].split(","):
        first, _, last = part.strip().partition("-")
        if first in REGISTERS:
            found.update(range(REGISTERS[first], REGISTERS[last or first] + 1))
    return sorted(found)


def _words_of_floats(operands: str) -> int:
    """Return how many words a list such as ``{d8-d11}`` of S or D registers takes."""
    count = 0
    for part in operands[operands.index("{") + 1 : operands.index("}")].split(","):
        first, _, last = part.strip().partition("-")
        count += (int(last[1:]) - int(first[1:]) + 1 if last else 1) * (2 if first.startswith("d") else 1)
    return count


def _memory(operands: str) -> Memory | None:
    """Return the operand in brackets, None where there is none."""
    _, found, rest = operands.partition("[")
    inner, _, behind = rest.partition("]")
    if not found:
        return None
    parts = [part.strip() for part in inner.split(",")]
    base = REGISTERS.get(parts[0])
    if base is None:
        return None
    index, offset, shift = -1, 0, 0
    for part in parts[1:]:
        if part.startswith("#"):
            offset = int(part[1:], 0)
        elif part in REGISTERS:
            index = REGISTERS[part]
        elif part.startswith("lsl #"):
            shift = int(part[5:], 0)
    after = behind.startswith(",")
    return Memory(base, offset, index, shift, after, after or behind.startswith("!"))


def holds(condition: str, xpsr: int) -> bool:
    """ConditionPassed() with the flags of ``xpsr``; '' is always. [A7.3.1]"""
    n, z, c, v = (bool(xpsr >> bit & 1) for bit in (31, 30, 29, 28))
    base = {
        "eq": z, "hs": c, "cs": c, "mi": n, "vs": v, "hi": c and not z, "ge": n == v, "gt": n == v and not z, "": True,
    }  # fmt: skip
    if condition in base:
        return base[condition]
    opposite = {"ne": "eq", "lo": "hs", "cc": "cs", "pl": "mi", "vc": "vs", "ls": "hi", "lt": "ge", "le": "gt"}
    return not base[opposite[condition]]
