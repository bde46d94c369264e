"""What the fields of registers mean, in words. [ARM DDI 0403]

The fields are those of the registers' declarations, and the words for faults those of ``CAUSES``. No state.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from emulator.armv7m.core import XPSR_ALIGN, XPSR_T
from emulator.armv7m.exception_entry import BASIC_FRAME, EXTENDED_FRAME
from emulator.armv7m.faults import CAUSES, exception_name
from emulator.armv7m.registers import Register, all_registers
from emulator.trace.backtrace import EXC_RETURNS

Row = tuple[str, str]
"""A field, with its value where that is not one bit, and what it says."""

_SHORT = {"MEMFAULT": "MemManage", "BUSFAULT": "BusFault", "USGFAULT": "UsageFault", "SVCALL": "SVCall",
          "SYSTICK": "SysTick", "PENDSV": "PendSV", "MONITOR": "DebugMonitor"}  # fmt: skip
_STATES = {"ENA": "is enabled", "PENDED": "is pending", "ACT": "is active"}
_ONE: dict[str, dict[str, str]] = {
    "CFSR": {"MMARVALID": "MMFAR holds the address", "BFARVALID": "BFAR holds the address"},
    "DFSR": {
        "EXTERNAL": "an external debug request",
        "VCATCH": "a vector catch",
        "DWTTRAP": "a watchpoint, or another match of the DWT",
        "BKPT": "a breakpoint",
        "HALTED": "a halt request, or a step",
    },
    "SHCSR": {
        prefix + suffix: f"{name} {state}" for prefix, name in _SHORT.items() for suffix, state in _STATES.items()
    },
    "ICSR": {
        "NMIPENDSET": "NMI is pending",
        "PENDSVSET": "PendSV is pending",
        "PENDSTSET": "SysTick is pending",
        "ISRPREEMPT": "a pending exception is taken when the debugger lets go",
        "ISRPENDING": "an external interrupt is pending",
        "RETTOBASE": "no other exception is active",
    },
    "CCR": {
        "STKALIGN": "exception frames are aligned to 8 bytes",
        "BFHFNMIGN": "HardFault and NMI ignore bus errors of data",
        "DIV_0_TRP": "division by zero traps",
        "UNALIGN_TRP": "every unaligned access of a word or halfword traps",
        "USERSETMPEND": "unprivileged code may write STIR",
        "NONBASETHRDENA": "handlers may return to Thread mode with others active",
        "BP": "branch prediction is on",
        "IC": "the instruction cache is on",
        "DC": "the data cache is on",
    },
    "SCR": {
        "SEVONPEND": "what becomes pending wakes WFE",
        "SLEEPDEEP": "sleep is deep sleep",
        "SLEEPONEXIT": "the core sleeps when the last handler returns",
    },
    "MPU_CTRL": {
        "PRIVDEFENA": "privileged code has the default map where no region matches",
        "HFNMIENA": "the MPU stays on in HardFault, NMI and under FAULTMASK",
        "ENABLE": "the MPU is on",
    },
    "FPCCR": {
        "ASPEN": "FP instructions make a context that exceptions save",
        "LSPEN": "it is saved lazily",
        "MONRDY": "DebugMonitor could be taken when the frame was reserved",
        "BFRDY": "BusFault could be taken when the frame was reserved",
        "MMRDY": "MemManage could be taken when the frame was reserved",
        "HFRDY": "HardFault could be taken when the frame was reserved",
        "THREAD": "the frame is of Thread mode",
        "USER": "the frame is of unprivileged code",
        "LSPACT": "a lazy save is due: the frame at FPCAR is not written yet",
    },
}
_ADDRESSES = {
    "TBLOFF": "where the vector table is",
    "ADDRESS_OF_FRAME": "where a lazy save goes: S0 in the frame",
}
"""Fields that are the upper bits of an address."""
_ACCESS = {0: "denied: NOCP", 1: "privileged code only", 2: "reserved", 3: "full access"}


def described(name: str, word: int) -> list[Row]:
    """Return what the set fields of a register say; empty where it is all zero, or has no fields."""
    special = _SPECIAL.get(name)
    if special is not None:
        return list(special(word))
    register = next((one for one in all_registers() if one.__name__ == name), None)
    return [] if register is None else list(_fields(register, word))


def reserved_bits(name: str, word: int) -> int:
    """Return the bits of ``word`` that are no field of the register: zero on a part of ARMv7-M."""
    register = next((one for one in all_registers() if one.__name__ == name), None)
    if register is None:
        return 0
    return word & ~sum({field.mask: field.mask for field in register.FIELDS.values()}.values())


def _fields(register: type[Register], word: int) -> Iterator[Row]:
    words = _ONE.get(register.__name__, {})
    for name, value in register(word).fields().items():
        field, cause = register.FIELDS[name], CAUSES.get(name)
        if (field.low == 0 and field.high == 31) or not value:
            continue
        if cause is not None and cause.register == register.__name__:
            kind = "" if cause.register == "HFSR" else f"{exception_name(cause.exception)}: "
            yield name, f"{kind}{cause.words} [{cause.section}]"
        elif name in ("VECTACTIVE", "VECTPENDING"):
            yield f"{name} {value}", f"{exception_name(value)} is {name[4:].lower()}"
        elif register.__name__ == "CPACR":
            yield f"{name} {value}", _ACCESS[value]
        elif name in _ADDRESSES:
            yield name, f"0x{word & field.mask:08x}, {_ADDRESSES[name]}"
        elif field.low == field.high:
            yield name, words.get(name, "")
        else:
            yield f"{name} {value:#x}", words.get(name, "")


def _control(word: int) -> Iterator[Row]:
    yield f"nPRIV {word & 1}", f"Thread mode is {'un' if word & 1 else ''}privileged"
    yield f"SPSEL {word >> 1 & 1}", f"Thread mode uses {'PSP' if word & 2 else 'MSP'} (0 in handlers, whatever it was)"
    if word & 4:
        yield "FPCA", "there is an FP context"


def _xpsr(word: int) -> Iterator[Row]:
    flags = "".join(letter for letter, bit in zip("NZCVQ", range(31, 26, -1), strict=True) if word >> bit & 1)
    if flags:
        yield flags, "condition flags"
    if word >> 16 & 0xF:
        yield f"GE {word >> 16 & 0xF:#x}", ""
    itstate = word >> 8 & 0xFC | word >> 25 & 3
    if itstate:
        yield f"ITSTATE {itstate:#04x}", "in an IT block, or in an instruction that goes on after the exception"
    yield f"T {word >> 24 & 1}", "Thumb" if word & XPSR_T else "no Thumb: INVSTATE at the next instruction"
    if word & XPSR_ALIGN:
        yield "bit 9", "stacked: SP was not a multiple of 8, four bytes were left out"
    yield f"exception {word & 0x1FF}", exception_name(word & 0x1FF)


def _exc_return(word: int) -> Iterator[Row]:
    if word not in EXC_RETURNS:
        yield "no value of ARMv7-M", "a return by it is INVPC; there are " + ", ".join(map(hex, sorted(EXC_RETURNS)))
        return
    yield "returns to", "Thread mode" if word & 8 else "Handler mode"
    yield "the frame is on", "the process stack, PSP" if word & 4 else "the main stack, MSP"
    size = f"{BASIC_FRAME} bytes: r0-r3, r12, lr, pc, xPSR"
    yield "the frame has", size if word & 0x10 else f"{EXTENDED_FRAME} bytes: {size.partition(': ')[2]}, s0-s15, FPSCR"


def _exception(word: int) -> Iterator[Row]:
    yield "handler of", exception_name(word & 0x1FF)


def _mask(words: str) -> list[Row]:
    return [(words, "")]


_SPECIAL: dict[str, Callable[[int], Iterable[Row]]] = {
    "CONTROL": _control,
    "xPSR": _xpsr,
    "EXC_RETURN": _exc_return,
    "exception": _exception,
    "PRIMASK": lambda word: _mask("no exception with a priority of its own is taken") if word & 1 else [],
    "FAULTMASK": lambda word: _mask("only NMI is taken") if word & 1 else [],
    "BASEPRI": lambda word: (
        _mask(f"only exceptions more urgent than 0x{word & 0xFF:02x} are taken") if word & 0xFF else []
    ),
}
