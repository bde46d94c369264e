"""What is known of a fault: values of registers by name, bits that a text names, and the lines that nobody understands.

Names come as people and fault handlers write them (``SCB->CFSR``, ``MMAR``, ``stacked_pc``, ``r14/lr``); here each
register has one name, the manual's. CFSR may be known in part: by its bytes, or by the words for single bits.
"""

from __future__ import annotations

import re

from emulator.annotations import NamedTuple
from emulator.armv7m.fault_registers import CFSR
from emulator.armv7m.faults import CAUSES, FaultCause, FaultStatus
from emulator.armv7m.mpu_registers import MPU_RBAR
from emulator.armv7m.registers import all_registers
from emulator.bits import WORD_MASK
from emulator.errors import ConfigError
from emulator.program_file import printable
from emulator.records import dataclass, field
from emulator.trace.backtrace import EXC_RETURNS

CORE_NAMES = (*(f"r{number}" for number in range(13)), "sp", "lr", "pc", "xPSR")
SPECIAL_NAMES = ("EXC_RETURN", "CONTROL", "PRIMASK", "BASEPRI", "FAULTMASK", "msp", "psp", "exception")
PARTS = {"MMFSR": (0, 0xFF), "BFSR": (8, 0xFF), "UFSR": (16, 0xFFFF)}
"""The parts of CFSR: their lowest bit, and their mask."""
MOST_REGIONS = 16

_SYNONYMS = {
    "mmar": "MMFAR",
    "mmfaraddress": "MMFAR",
    "memfaultaddr": "MMFAR",
    "bar": "BFAR",
    "bfaraddress": "BFAR",
    "mfsr": "MMFSR",
    "mmsr": "MMFSR",
    "mfr": "MMFSR",
    "bsr": "BFSR",
    "usr": "UFSR",
    "hfr": "HFSR",
    "hsr": "HFSR",
    "cfaults": "CFSR",  # and the next four: NuttX
    "hfaults": "HFSR",
    "dfaults": "DFSR",
    "bfaultaddr": "BFAR",
    "mfaultaddr": "MMFAR",
    "psr": "xPSR",
    "xpsr": "xPSR",
    "cpsr": "xPSR",
    "sb": "r9",
    "sl": "r10",
    "ip": "r12",
    "r13": "sp",
    "r14": "lr",
    "r15": "pc",
    "excreturn": "EXC_RETURN",
    "excret": "EXC_RETURN",
    "lrexcreturn": "EXC_RETURN",
    "vec": "exception",
    "exc": "exception",
    "exceptionnumber": "exception",
    "faultinginstructionaddress": "pc",
    **{f"r{n:02}": f"r{n}" for n in range(10)},
    **{f"a{n + 1}": f"r{n}" for n in range(4)},
    **{f"v{n + 1}": f"r{n + 4}" for n in range(8)},
}
_PREFIX = re.compile(r"^(scb|cfsr|nvic|mpu|stacked|stack|stk|reg|register|fault)[\s_.>-]+", re.I)
_REGION = re.compile(r"^(?:mpu[\s_.>-]*)?(rbar|rasr)[\s_.\[-]*(a?)(\d{1,2})\]?$", re.I)


class RegionWord(NamedTuple):
    """MPU_RBAR or MPU_RASR of one region; ``number`` is None where the name has none."""

    name: str
    number: int | None
    word: int


@dataclass(slots=True)
class Findings:
    """Everything found. ``cfsr_known`` masks the bits of CFSR that are known, be they set or not.

    ``titles`` say what was recognized, ``facts`` are further (name, words), ``left`` is what was not understood.
    """

    words: dict[str, int] = field(default_factory=dict)
    cfsr_known: int = 0
    region_words: list[RegionWord] = field(default_factory=list)
    titles: list[str] = field(default_factory=list)
    facts: list[tuple[str, str]] = field(default_factory=list)
    left: list[str] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.words or self.region_words or self.fatal)

    @property
    def fatal(self) -> str:
        """The fatal error that a kernel ended with, by its own words; '' where it names none."""
        said = dict(reversed(self.facts))
        if "fatal source" in said:
            code = f", code {said['fatal code']}" if "fatal code" in said else ""
            return f"RTEMS ended with a fatal error: source {said['fatal source']}{code}."
        return f"Zephyr ended with fatal error {said['fatal error']}." if "fatal error" in said else ""

    def set(self, name: str, word: int) -> None:
        """Take the ``word`` of the register that ``canonical`` calls ``name``."""
        if name in PARTS:
            low, mask = PARTS[name]
            self._set_cfsr((word & mask) << low, mask << low)
        elif name == "CFSR":
            self._set_cfsr(word, WORD_MASK)
        else:
            self.words[name] = word

    def set_bit(self, name: str) -> None:
        """A text says that this bit of CFSR or HFSR is one."""
        cause = CAUSES.get(name)
        register = "CFSR" if cause is None else cause.register
        mask = CFSR.FIELDS[name].mask if cause is None else 1 << cause.bit
        if register == "CFSR":
            self._set_cfsr(mask, mask)
        else:
            self.words[register] = self.words.get(register, 0) | mask

    def _set_cfsr(self, word: int, known: int) -> None:
        self.words["CFSR"] = self.words.get("CFSR", 0) & ~known | word
        self.cfsr_known |= known

    def set_region(self, part: RegionWord) -> None:
        """Take one word of an MPU region."""
        self.region_words.append(part)

    @property
    def causes(self) -> list[FaultCause]:
        """The causes whose bits are one; those that only say that another one escalated are the last."""
        status = FaultStatus()
        for name in ("CFSR", "HFSR"):
            setattr(status, name, self.words.get(name, 0))
        return status.decode()

    def bit(self, name: str) -> bool | None:
        """Return a bit of CFSR, None where it is not known."""
        mask = CFSR.FIELDS[name].mask
        return bool(self.words["CFSR"] & mask) if self.cfsr_known & mask else None

    def regions(self) -> list[tuple[int, int, int]]:
        """Return (number, MPU_RBAR, MPU_RASR) of each region of which both are known, lowest number first.

        A number is that of the names; where they have none the words belong together in their order, and the number is
        MPU_RBAR.REGION, or the lowest that is free where that one is taken.
        """
        bases, sizes = self._parts("RBAR"), self._parts("RASR")
        found = {number: (bases[number], sizes[number]) for number in bases if number in sizes}
        for base, size in zip(self._in_order("RBAR"), self._in_order("RASR"), strict=False):
            number = MPU_RBAR(base).REGION
            free = [one for one in range(MOST_REGIONS) if one not in found]
            if number in found and free:
                number = free[0]
            found.setdefault(number, (base, size))
        return [(number, *found[number]) for number in sorted(found)]

    def _parts(self, name: str) -> dict[int, int]:
        parts = [part for part in self.region_words if part.name == name]
        return {part.number: part.word for part in parts if part.number is not None and part.number < MOST_REGIONS}

    def _in_order(self, name: str) -> list[int]:
        return [part.word for part in self.region_words if part.name == name and part.number is None]

    @property
    def exc_return(self) -> int | None:
        """EXC_RETURN, also where it stands in LR."""
        found = self.words.get("EXC_RETURN")
        lr = self.words.get("lr")
        return lr if found is None and lr is not None and lr | 1 in EXC_RETURNS and lr & 1 else found


def canonical(name: str) -> str | None:
    """Return the one name of a register, None where ``name`` is that of none."""
    parts = re.split(r"[/(\[]", name.strip(" )]:="))
    return next((found for found in map(_one_name, (name, *parts)) if found is not None), None)


def region_part(name: str, word: int) -> RegionWord | None:
    """Return what ``RBAR``, ``MPU_RASR3``, ``RBAR_A1`` is of, None for other names."""
    match = _REGION.match(name.strip())
    if match is not None:
        return RegionWord(match[1].upper(), int(match[3]), word)
    plain = _PREFIX.sub("", name.strip()).upper().removeprefix("MPU_")
    return RegionWord(plain, None, word) if plain in ("RBAR", "RASR") else None


def _one_name(text: str) -> str | None:
    plain, shorter = "", text.strip()
    while plain != shorter:
        plain = shorter
        key = re.sub(r"[^a-z0-9]", "", plain.lower())
        found = _SYNONYMS.get(key) or _names().get(key)
        if found is not None:
            return found
        shorter = _PREFIX.sub("", plain)
    return None


def _names() -> dict[str, str]:
    """Return the names of all registers by their letters and digits in lower case."""
    if not _NAMES:
        import emulator.armv7m.scs  # noqa: F401 - declares the registers

        known = [*CORE_NAMES, *SPECIAL_NAMES, *PARTS]
        known += [one.__name__ for one in all_registers() if one.COUNT == 1 and "_A" not in one.__name__]
        _NAMES.update({re.sub(r"[^a-z0-9]", "", name.lower()): name for name in known})
        _NAMES.update({name.removeprefix("mpu"): full for name, full in list(_NAMES.items()) if full == "MPU_RNR"})
    return _NAMES


_NAMES: dict[str, str] = {}


def read_value(argument: str) -> tuple[str, int] | None:
    """Return name and word of ``NAME=VALUE``, None where it is none. Raises ConfigError for a value that is no word."""
    name, equals, text = argument.partition("=")
    if not equals or not name:
        return None
    try:
        word = int(text.replace("_", ""), 0)
    except ValueError:
        word = -1
    if not 0 <= word <= WORD_MASK:
        raise ConfigError(f"{printable(argument)}: {printable(text)!r} is no 32-bit number. Write it as 0x00008200.")
    return name.strip(), word


def add_value(findings: Findings, name: str, word: int) -> bool:
    """Take a value under the name that somebody gave it; whether there is such a register."""
    part = region_part(name, word)
    if part is not None:
        findings.set_region(part)
        return True
    known = canonical(name)
    if known is not None:
        findings.set(known, word)
    return known is not None
