"""The manual's MPU pseudocode, statement by statement, to judge the real MPU by. [ARM DDI 0403E, B3.5.3, B2.3]

Slow and literal on purpose, with the manual's names, and independent: it imports nothing of the code under test. Where
the manual says UNPREDICTABLE, the line says which choice of this project it follows ([D-nnn], docs/deviations.md).
"""

from __future__ import annotations

from dataclasses import dataclass, field


def bits(value: int, high: int, low: int) -> int:
    """``value<high:low>``."""
    return (value >> low) & ((1 << (high - low + 1)) - 1)


def bit(value: int, position: int) -> int:
    """``value<position>``."""
    return (value >> position) & 1


@dataclass
class MemoryAttributes:
    """memtype is ``Normal``, ``Device``, ``StronglyOrdered`` or None (reserved); the policies are two bits."""

    memtype: str | None = None
    innerattrs: int = 0
    outerattrs: int = 0
    shareable: bool = False


@dataclass
class Permissions:
    """ap has three bits, xn one."""

    ap: int = 0
    xn: int = 0


class MemManage(Exception):
    """ExceptionTaken(MemManage): which MMFSR bit, and MMFAR where it is valid."""

    def __init__(self, status: str, mmfar: int | None) -> None:
        super().__init__(status, mmfar)
        self.status = status
        self.mmfar = mmfar


@dataclass
class Reference:
    """The register state that the pseudocode reads: plain words, and the execution priority."""

    dregion: int
    mpu_ctrl: int = 0
    mpu_rbar: list[int] = field(default_factory=list)
    mpu_rasr: list[int] = field(default_factory=list)
    execution_priority: int = 256

    def validate_address(self, address: int, ispriv: bool, iswrite: bool, isfetch: bool) -> MemoryAttributes:
        """ValidateAddress() [B3.5.3]"""
        memattrs = default_memory_attributes(address)
        perms = default_permissions(address)
        mpu_ctrl_enable = bit(self.mpu_ctrl, 0)
        mpu_ctrl_hfnmiena = bit(self.mpu_ctrl, 1)
        mpu_ctrl_privdefena = bit(self.mpu_ctrl, 2)

        hit = False
        is_ppb_access = bits(address, 31, 20) == 0b111000000000

        if is_ppb_access:
            hit = True
        elif mpu_ctrl_enable == 0:
            hit = True  # also with HFNMIENA == 1, which is UNPREDICTABLE [D-106]
        elif mpu_ctrl_hfnmiena == 0 and self.execution_priority < 0:
            hit = True
        else:
            if mpu_ctrl_privdefena == 1 and ispriv:
                hit = True
            for r in range(self.dregion):
                size_enable = bits(self.mpu_rasr[r], 15, 0)
                base_address = self.mpu_rbar[r]
                access_control = bits(self.mpu_rasr[r], 31, 16)
                if bit(size_enable, 0) == 1:
                    lsbit = bits(size_enable, 5, 1) + 1
                    if lsbit < 5:
                        continue  # UNPREDICTABLE [D-103]
                    if lsbit < 8:
                        size_enable &= 0x00FF  # a non-zero SRD is UNPREDICTABLE [D-104]
                    if lsbit == 32 or bits(address, 31, lsbit) == bits(base_address, 31, lsbit):
                        subregion = bits(address, lsbit - 1, lsbit - 3)
                        if bit(size_enable, subregion + 8) == 0:
                            texcb = bits(access_control, 5, 3) << 2 | bits(access_control, 1, 0)
                            s = bit(access_control, 2)
                            perms.ap = bits(access_control, 10, 8)
                            perms.xn = bit(access_control, 12)
                            memattrs = default_tex_decode(texcb, s)
                            hit = True

        if bits(address, 31, 29) == 0b111:
            perms.xn = 1

        if hit:
            check_permission(perms, address, ispriv, iswrite, isfetch)
        elif isfetch:
            raise MemManage("IACCVIOL", None)
        else:
            raise MemManage("DACCVIOL", address)
        return memattrs

    def mem_a(self, address: int, size: int, ispriv: bool, iswrite: bool) -> None:
        """MemA_with_priv(): one aligned access. [B2.3]"""
        assert address % size == 0
        self.validate_address(address, ispriv, iswrite, False)

    def mem_u(self, address: int, size: int, ispriv: bool, iswrite: bool) -> None:
        """MemU_with_priv(): one access when aligned, otherwise byte by byte. [B2.3]"""
        if address % size == 0:
            self.mem_a(address, size, ispriv, iswrite)
        else:
            for i in range(size):
                self.mem_a((address + i) & 0xFFFF_FFFF, 1, ispriv, iswrite)  # wrapping is UNPREDICTABLE [D-110]

    def fetch(self, address: int, size: int, ispriv: bool) -> None:
        """An instruction of ``size`` bytes is read halfword by halfword. [A5.1]"""
        for offset in range(0, size, 2):
            self.validate_address((address + offset) & 0xFFFF_FFFF, ispriv, False, True)

    def outcome(self, address: int, size: int, access: str, ispriv: bool) -> tuple[str, int | None] | None:
        """Return None, or (MMFSR bit, MMFAR) of an access ``read``, ``write`` or ``fetch`` of any size in bytes.

        Sizes that no single access has are what an instruction or a copy makes of them: words where everything is
        word-aligned, bytes elsewhere.
        """
        try:
            if access == "fetch":
                self.fetch(address, size, ispriv)
            elif size in (1, 2, 4):
                self.mem_u(address, size, ispriv, access == "write")
            else:
                unit = 4 if address % 4 == 0 and size % 4 == 0 else 1
                for offset in range(0, size, unit):
                    self.mem_a((address + offset) & 0xFFFF_FFFF, unit, ispriv, access == "write")
        except MemManage as fault:
            return fault.status, fault.mmfar
        return None


def check_permission(perms: Permissions, address: int, ispriv: bool, iswrite: bool, isfetch: bool) -> None:
    """CheckPermission() [B2.3]"""
    match perms.ap:
        case 0b000:
            fault = True
        case 0b001:
            fault = not ispriv
        case 0b010:
            fault = not ispriv and iswrite
        case 0b011:
            fault = False
        case 0b100:
            fault = True  # UNPREDICTABLE [D-105]
        case 0b101:
            fault = not ispriv or iswrite
        case 0b110:
            fault = iswrite
        case 0b111:
            fault = iswrite
    if isfetch:
        if fault or perms.xn == 1:
            raise MemManage("IACCVIOL", None)
    elif fault:
        raise MemManage("DACCVIOL", address)


def default_permissions(address: int) -> Permissions:
    """DefaultPermissions() [B3.5.3]"""
    match bits(address, 31, 29):
        case 0b000 | 0b001 | 0b011 | 0b100:
            return Permissions(ap=0b011, xn=0)
        case 0b010 | 0b101 | 0b110 | 0b111:
            return Permissions(ap=0b011, xn=1)
    raise AssertionError("three bits have no other value")


def default_memory_attributes(address: int) -> MemoryAttributes:
    """DefaultMemoryAttributes() [B2.3, table B3-1]"""
    memattrs = MemoryAttributes()
    match bits(address, 31, 29):
        case 0b000:
            memattrs.memtype, memattrs.innerattrs, memattrs.shareable = "Normal", 0b10, False
        case 0b001:
            memattrs.memtype, memattrs.innerattrs, memattrs.shareable = "Normal", 0b01, False
        case 0b010:
            memattrs.memtype, memattrs.innerattrs, memattrs.shareable = "Device", 0b00, False
        case 0b011:
            memattrs.memtype, memattrs.innerattrs, memattrs.shareable = "Normal", 0b01, False
        case 0b100:
            memattrs.memtype, memattrs.innerattrs, memattrs.shareable = "Normal", 0b10, False
        case 0b101:
            memattrs.memtype, memattrs.innerattrs, memattrs.shareable = "Device", 0b00, True
        case 0b110:
            memattrs.memtype, memattrs.innerattrs, memattrs.shareable = "Device", 0b00, False
        case 0b111:
            if bits(address, 28, 20) == 0:
                memattrs.memtype, memattrs.innerattrs, memattrs.shareable = "StronglyOrdered", 0b00, True
            else:
                memattrs.memtype, memattrs.innerattrs, memattrs.shareable = "Device", 0b00, False
    memattrs.outerattrs = memattrs.innerattrs
    return memattrs


def default_tex_decode(texcb: int, s: int) -> MemoryAttributes:
    """DefaultTEXDecode() [B2.3]"""
    memattrs = MemoryAttributes()
    if texcb == 0b00000:
        memattrs.memtype, memattrs.shareable = "StronglyOrdered", True
    elif texcb == 0b00001:
        memattrs.memtype, memattrs.shareable = "Device", True
    elif bits(texcb, 4, 1) == 0b0001 or texcb == 0b00100:
        memattrs.memtype, memattrs.shareable = "Normal", s == 1
        memattrs.innerattrs = memattrs.outerattrs = bits(texcb, 1, 0)
    elif texcb == 0b00111:
        memattrs.memtype, memattrs.shareable = "Normal", s == 1
        memattrs.innerattrs = memattrs.outerattrs = 0b01
    elif texcb == 0b01000:
        memattrs.memtype, memattrs.shareable = "Device", False
    elif bit(texcb, 4) == 1:
        memattrs.memtype, memattrs.shareable = "Normal", s == 1
        memattrs.innerattrs = bits(texcb, 1, 0)
        memattrs.outerattrs = bits(texcb, 3, 2)
    return memattrs  # every other encoding is UNPREDICTABLE: no memtype [D-108]
