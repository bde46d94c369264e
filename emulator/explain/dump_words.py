"""What kernels and fault handlers say of a fault in words, and which status bit they mean by it.

Facts of the public sources: Zephyr's arch/arm/core/cortex_m/fault.c and fatal.c, RTEMS's arm-exception-frame-print.c,
CmBacktrace's languages/en-US, Mbed OS's mbed_fault_handler.c.
"""

from __future__ import annotations

import re

from emulator.armv7m.fault_registers import CFSR
from emulator.armv7m.faults import CAUSES, ExceptionNumber
from emulator.explain.findings import Findings
from emulator.records import dataclass, field

_MM, _BF, _UF, _HF = (
    ExceptionNumber.MEM_MANAGE,
    ExceptionNumber.BUS_FAULT,
    ExceptionNumber.USAGE_FAULT,
    ExceptionNumber.HARD_FAULT,
)

STARTS = re.compile(r"\*{5} \w+ FAULT \*{5}|\*\*\* FATAL \*\*\*|\+\+ MbedOS Fault Handler \+\+|Registers information =")
"""The lines that begin a dump."""

FACTS = (
    ("fatal error", re.compile(r"ZEPHYR FATAL ERROR (.+)")),
    ("thread", re.compile(r"[Cc]urrent [Tt]hread(?: ID)?\s*[:=]\s*(.+)")),
    ("thread", re.compile(r"[Ff]ault on thread:? (.+)")),
    ("thread", re.compile(r"executing thread (?:ID: |name: |is )(.+)")),
    ("fatal source", re.compile(r"fatal source: (.+)")),
    ("fatal code", re.compile(r"fatal code: (.+)")),
)
"""Lines that say more than registers: (name, pattern whose first group is what is said)."""

HANDLERS = re.compile(
    r"\*{5} (?P<zephyr>MPU|BUS|USAGE|HARD) FAULT \*{5}|FaultType: (?P<mbed>\w+)|EXC #(?P<number>\d+)"
    r"|[\[ ](?P<any>Hard|MemManage|Bus|Usage) ?[Ff]ault(?: handler|\])",
)
"""A line that says whose handler speaks."""
_EXCEPTIONS = {"mpu": _MM, "memmanage": _MM, "memmanagefault": _MM, "bus": _BF, "busfault": _BF, "usage": _UF,
               "usagefault": _UF, "hard": _HF, "hardfault": _HF}  # fmt: skip

_SECTION = re.compile(
    r"\*{5} (MPU|BUS|USAGE) FAULT|^(Memory management|Bus|Usage|Hard) fault (?:is caused by|: )", re.I
)
_SECTIONS = {"mpu": _MM, "memory management": _MM, "bus": _BF, "usage": _UF, "hard": _HF}

_PHRASES: tuple[tuple[str, dict[ExceptionNumber, str] | str], ...] = (
    ("unstacking error", {_MM: "MUNSTKERR", _BF: "UNSTKERR"}),
    ("stacking error", {_MM: "MSTKERR", _BF: "STKERR"}),
    ("floating-point lazy state preservation", {_MM: "MLSPERR", _BF: "LSPERR"}),
    ("imprecise data", "IMPRECISERR"),
    ("precise data", "PRECISERR"),
    ("instruction bus error", "IBUSERR"),
    ("instruction access violation", {_MM: "IACCVIOL", _BF: "IBUSERR"}),
    ("data access violation", {_MM: "DACCVIOL"}),
    ("division by zero", "DIVBYZERO"),
    ("divide by zero", "DIVBYZERO"),
    ("unaligned memory access", "UNALIGNED"),
    ("unaligned access fault", "UNALIGNED"),
    ("no coprocessor instructions", "NOCP"),
    ("execute a coprocessor instruction", "NOCP"),
    ("illegal load of exc_return into pc", "INVPC"),
    ("bad value in the exc_return number", "INVPC"),
    ("illegal use of the epsr", "INVSTATE"),
    ("switch to an invalid state", "INVSTATE"),
    ("execute undefined instruction", "UNDEFINSTR"),
    ("execute an undefined instruction", "UNDEFINSTR"),
    ("bus fault on vector table read", "VECTTBL"),
    ("failed vector fetch", "VECTTBL"),
    ("fault escalation (see below)", "FORCED"),
)
_ADDRESS = re.compile(
    r"(?P<zephyr>MM|B)FAR Address: (?:0x)?(?P<a>[0-9a-f]{1,8})|(?P<rtems>MM|B)FARVALID *: 1 -> 0x(?P<b>[0-9a-f]{8})"
    r"|The (?P<cmb>memory management|bus) fault occurred address is (?:0x)?(?P<c>[0-9a-f]{1,8})",
    re.I,
)
_BIT = re.compile(r"^(?:-> )?([A-Z]{4,11}) *: 1\b")
_TITLES = (
    ("a fault dump of Zephyr", re.compile(r"\*{5} (MPU|BUS|USAGE|HARD) FAULT \*{5}|ZEPHYR FATAL ERROR|r0/a1:")),
    ("the fatal error of RTEMS", re.compile(r"^\*\*\* FATAL \*\*\*$|^fatal source: ")),
    ("a fault dump of Mbed OS", re.compile(r"MbedOS Fault Handler")),
    (
        "the output of CmBacktrace",
        re.compile(r"^Firmware name: .*software version|ers information =|fault is caused by"),
    ),
)


@dataclass(slots=True)
class Words:
    """What the lines so far were about: ``section`` is the kind of fault that the next words are of."""

    section: ExceptionNumber | None = None
    titles: list[str] = field(default_factory=list)

    def exception(self, match: re.Match[str]) -> int:
        """Return the exception whose handler a line that HANDLERS matches names; HardFault for words unknown."""
        if match["number"] is not None:
            return int(match["number"][:3])
        name = match["zephyr"] or match["mbed"] or match["any"]
        return int(_EXCEPTIONS.get(name.lower(), _HF))

    def take(self, findings: Findings, text: str) -> bool:
        """Take what a line says in words; whether it said something."""
        for title, pattern in _TITLES:
            if title not in self.titles and pattern.search(text):
                self.titles.append(title)
        section = _SECTION.search(text)
        if section is not None:
            self.section = _SECTIONS[(section[1] or section[2]).lower()]
        return self._address(findings, text) or self._bits(findings, text) or section is not None

    def _address(self, findings: Findings, text: str) -> bool:
        match = _ADDRESS.search(text)
        if match is None:
            return False
        is_bus = (match["zephyr"] or match["rtems"] or match["cmb"]).lower() in ("b", "bus")
        findings.set("BFAR" if is_bus else "MMFAR", int(match["a"] or match["b"] or match["c"], 16))
        findings.set_bit("BFARVALID" if is_bus else "MMARVALID")  # they print the address only where it is valid
        return True

    def _bits(self, findings: Findings, text: str) -> bool:
        bit = _BIT.match(text)
        if bit is not None and (bit[1] in CAUSES or bit[1] in CFSR.FIELDS):
            findings.set_bit(bit[1])
            return True
        lower, found = text.lower(), False
        for phrase, meaning in _PHRASES:
            if phrase not in lower or (found and "precise" in phrase):
                continue
            if isinstance(meaning, dict) and self.section is None:
                continue
            name = meaning if isinstance(meaning, str) else meaning.get(self.section or _MM)
            if name is None or (phrase == "stacking error" and "unstacking error" in lower):
                continue
            findings.set_bit(name)
            found = True
        return found
