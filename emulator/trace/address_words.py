"""Where an address is, in words: the memory or device, the MPU region that decides, the core's register. No state."""

from __future__ import annotations

from emulator.armv7m.faults import Access
from emulator.armv7m.memory_map import is_ppb
from emulator.armv7m.mpu_explain import Decision, Explanation, describe_size
from emulator.armv7m.registers import Register, all_registers
from emulator.image.cxx_names import readable
from emulator.machine.fault_record import FaultRecord
from emulator.machine.machine import Machine

BIT_BAND = "bit-band alias of"
"""What such a device's name begins with."""


def bare_place(machine: Machine, record: FaultRecord, address: int) -> str:
    """Say where the access of ``record`` was refused at ``address``, and what refused it."""
    shown = f"0x{address:08x}"
    explanation = record.explanation
    if is_ppb(address) and record.fault.access is not Access.FETCH:
        return f"{shown}, {_ppb_words(record, address)}"
    if explanation is None:
        name = machine.bus.device_name(address)
        if name is not None and name.startswith(BIT_BAND):
            return f"{shown}, the bit-band alias of {_aliased(address)}, which the bus refuses"
        return f"{shown}, which {name} refuses" if name else f"{shown}, where there is neither memory nor a device"
    found = machine.image.symbols.find_object(address) if record.fault.access is not Access.FETCH else None
    if found is not None and machine.personality is None:
        offset = f"+0x{address - found.address:x}" if address != found.address else ""
        shown += f" ({readable(found.name)}{offset})"
    if explanation.decision is Decision.REGION:
        row = next((one for one in explanation.rows if one.region == explanation.region), None)
        if record.fault.access is Access.FETCH and row is not None and row.xn:
            return f"{shown}, where MPU region {explanation.region} lets nothing execute (XN)"
        return f"{shown}, which MPU region {explanation.region} does not allow"
    if explanation.decision is Decision.NO_REGION:
        return f"{shown}, which no MPU region covers{_ending(explanation)}"
    if explanation.decision is Decision.NO_REGION_UNPRIVILEGED:
        return f"{shown}, which no MPU region opens to unprivileged code{_ending(explanation)}"
    if explanation.decision is Decision.SYSTEM_XN:
        return f"{shown}, and nothing executes from 0xe0000000 upwards"
    return f"{shown}, which the default memory map ({explanation.default_range}) does not allow"


def _aliased(address: int) -> str:
    """Return which bit an address of a bit-band alias is that of: ``bit 3 of 0x40000004``. [B3.1, Cortex-M3 TRM]"""
    byte = address & 0xF000_0000 | (address & 0x1FF_FFFF) >> 5
    return f"bit {address >> 2 & 7} of 0x{byte:08x}"


def _ending(explanation: Explanation) -> str:
    """Say that a region ends right in front of the byte that no region covers, '' where none does."""
    row = explanation.ends_in_front
    return "" if row is None else f": region {row.region} (0x{row.base:08x}, {describe_size(row.size)}) ends there"


def _ppb_words(record: FaultRecord, address: int) -> str:
    """Say why the Private Peripheral Bus refuses: it has rules of its own, which no MPU region changes. [B3.1, B3.2]"""
    name = register_name(address)
    what = f"{name} in the Private Peripheral Bus" if name else "in the Private Peripheral Bus"
    if not record.privileged:
        return f"{what}, which unprivileged code may not use"
    return f"{what}, which refuses such an access"


def register_name(address: int) -> str:
    """Return the name of the core's register at ``address``, '' where there is none."""
    return next((register.__name__ for register in all_registers() if _is_at(register, address)), "")


def _is_at(register: type[Register], address: int) -> bool:
    offset = (address & ~3) - register.ADDRESS
    return 0 <= offset < register.STRIDE * (register.COUNT - 1) + 4 and offset % max(register.STRIDE, 4) == 0
