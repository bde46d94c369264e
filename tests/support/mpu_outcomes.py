"""What mpu_map.c printed, as values; what the manual's pseudocode expects; and which differences are known."""

from __future__ import annotations

from dataclasses import dataclass

from support.mpu_program import BIT_BAND_ALIAS, ESCALATES, FAULTMASKED, MEMORY, SIZES, UNPRIVILEGED, MpuAccess, MpuMap
from support.mpu_reference import MemManage, Reference

MEM_MANAGE, BUS_FAULT, HARD_FAULT = 4, 5, 3
IACCVIOL, DACCVIOL, IBUSERR, PRECISERR = 0x01, 0x82, 0x100, 0x8200
FORCED = 0x4000_0000
QEMU_PAGE = 1024


@dataclass(frozen=True, slots=True)
class FaultSeen:
    """The exception taken, CFSR with its valid bits, HFSR, and MMFAR or BFAR where valid."""

    exception: int
    cfsr: int
    hfsr: int
    address: int | None


@dataclass(frozen=True, slots=True)
class AccessLine:
    """One line of the program, and the fault it tells of, None when there was none."""

    text: str
    fault: FaultSeen | None


def parsed(lines: list[str]) -> list[AccessLine]:
    """Return one AccessLine for each console line, in order."""
    result = []
    for text in lines:
        fields = dict(word.split("=") for word in text.split()[2:])
        fault = None
        if "exception" in fields:
            address = fields.get("mmfar") or fields.get("bfar")
            hexadecimal = int(address, 16) if address else None
            fault = FaultSeen(int(fields["exception"]), int(fields["cfsr"], 16), int(fields["hfsr"], 16), hexadecimal)
        result.append(AccessLine(text, fault))
    return result


def _is_ppb(address: int) -> bool:
    return address >> 20 == 0xE00


def _data_fault(reference: Reference, access: MpuAccess) -> tuple[int, int, int | None] | None:
    size = SIZES[access.operation]
    unit = min(size, 4)
    privileged = not access.flags & UNPRIVILEGED and access.operation[-1] != "t"
    if _is_ppb(access.address):
        return None if privileged else (BUS_FAULT, PRECISERR, access.address)
    answers = access.flags & MEMORY or access.address & ~0xFF == BIT_BAND_ALIAS
    for offset in range(0, size, unit):
        address = (access.address + offset) & 0xFFFF_FFFF
        reference.mem_u(address, unit, privileged, access.operation.startswith("st"))
        if not answers:
            return BUS_FAULT, PRECISERR, address
    return None


def _fetch_fault(reference: Reference, access: MpuAccess) -> tuple[int, int, int | None] | None:
    for offset in range(0, SIZES[access.operation], 2):
        address = (access.address + offset) & 0xFFFF_FFFF
        reference.validate_address(address, not access.flags & UNPRIVILEGED, False, True)
        if not access.flags & MEMORY:
            return BUS_FAULT, IBUSERR, None
    return None


def expected_fault(mpu_map: MpuMap, access: MpuAccess) -> FaultSeen | None:
    """Return the fault that the manual's pseudocode gives for ``access`` under ``mpu_map``."""
    rbars, rasrs = [rbar for rbar, _ in mpu_map.regions], [rasr for _, rasr in mpu_map.regions]
    reference = Reference(len(rbars), mpu_map.ctrl, rbars, rasrs)
    reference.execution_priority = -1 if access.flags & FAULTMASKED else 256
    check = _fetch_fault if access.operation.startswith("fetch") else _data_fault
    try:
        fault = check(reference, access)
    except MemManage as refused:
        fault = MEM_MANAGE, DACCVIOL if refused.status == "DACCVIOL" else IACCVIOL, refused.mmfar
    if fault is None:
        return None
    exception, cfsr, address = fault
    if access.flags & ESCALATES:
        return FaultSeen(HARD_FAULT, cfsr, FORCED, address)
    return FaultSeen(exception, cfsr, 0, address)


def explained(access: MpuAccess, manual: FaultSeen | None, here: AccessLine, qemu: AccessLine) -> str | None:
    """Return the id of the known difference between the lines of this emulator and QEMU, None when there is none.

    ``here`` must be what the manual gives for a difference to be known.
    """
    if here.fault != manual:
        return None
    if qemu.fault == manual:
        return "Q-03" if _is_partial_store(access, manual) and _same_but_memory(here, qemu) else None
    return known_mpu_difference(access, manual, qemu.fault)


def _is_partial_store(access: MpuAccess, fault: FaultSeen | None) -> bool:
    size = SIZES[access.operation]
    if fault is None or fault.address is None or not access.operation.startswith("st"):
        return False
    return access.address % min(size, 4) != 0 and access.address < fault.address < access.address + size


def _same_but_memory(a: AccessLine, b: AccessLine) -> bool:
    return a.text.split(" memory=")[0] == b.text.split(" memory=")[0]


def known_mpu_difference(access: MpuAccess, manual: FaultSeen | None, qemu: FaultSeen | None) -> str | None:
    """Return the id of the known difference that explains why QEMU saw no fault and the manual gives one, or None."""
    if manual is None or qemu is not None:
        return None
    size = SIZES[access.operation]
    last = access.address + size - 1
    if access.operation.startswith("fetch"):
        return "Q-02" if manual.cfsr == IACCVIOL and access.operation == "fetch32" else None
    if manual.cfsr != DACCVIOL or manual.address is None or not access.address % min(size, 4):
        return None
    same_page = manual.address // QEMU_PAGE == access.address // QEMU_PAGE
    return "Q-01" if same_page and access.address < manual.address <= last else None
