"""Why the MPU allowed or refused an access, as data that reports print and JSON carries. [B3.5.1, B3.5.3]

Everything is about one byte: the one that decided. The values are plain, so ``dataclasses.asdict`` is the JSON form.
No state.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

from emulator.armv7m.faults import Access
from emulator.armv7m.memory_map import SYSTEM_BASE, address_range
from emulator.armv7m.mpu_region import ACCESS_PERMISSIONS, Region
from emulator.records import dataclass


class Decision(StrEnum):
    """What decided. The value is the short form for tables and JSON; ``Explanation.describe`` is the sentence."""

    REGION = "region"
    BACKGROUND = "background (PRIVDEFENA)"
    NO_REGION = "no region, PRIVDEFENA=0"
    NO_REGION_UNPRIVILEGED = "no region, unprivileged"
    SYSTEM_XN = "system space is XN"
    PPB = "Private Peripheral Bus: default memory map"
    DISABLED = "MPU disabled: default memory map"
    NEGATIVE_PRIORITY = "HFNMIENA=0 at negative priority: default memory map"
    ABSENT = "no MPU: default memory map"


_SENTENCES = {
    Decision.REGION: "region {region} ({size} at {base:#010x}) gives {permission}{xn}",
    Decision.BACKGROUND: "no region matches; the background region (PRIVDEFENA=1) is the default map: {default}",
    Decision.NO_REGION: "no region matches and the background region is off (PRIVDEFENA=0)",
    Decision.NO_REGION_UNPRIVILEGED: "no region matches and the background region is for privileged accesses only",
    Decision.SYSTEM_XN: "nothing executes from 0xe0000000 upwards, whatever the MPU says",
    Decision.PPB: "the MPU does not restrict the Private Peripheral Bus; the default map applies: {default}",
    Decision.DISABLED: "the MPU is disabled; the default map applies: {default}",
    Decision.NEGATIVE_PRIORITY: "HFNMIENA=0 turns the MPU off at negative priority; the default map applies: {default}",
    Decision.ABSENT: "the part has no MPU; the default map applies: {default}",
}


@dataclass(frozen=True, slots=True)
class RegionRow:
    """One enabled region as the explained byte meets it.

    ``size`` in bytes; ``permission`` and ``memory`` are AP and TEX/C/B/S in words. ``disabled_subregion`` is set when
    the byte is in range and only SRD keeps the region from covering it. ``decided`` is set in at most one row.
    """

    region: int
    base: int
    size: int
    ap: int
    permission: str
    xn: bool
    srd: int
    memory: str
    covers: bool
    disabled_subregion: int | None
    decided: bool


_WORD = 4
"""Bytes that the first refused byte may be behind a region: an access that is aligned."""


@dataclass(frozen=True, slots=True)
class Explanation:
    """Who decided about an access and what every enabled region had to say, highest number first.

    ``address`` and ``size`` are the access's, ``byte`` the address explained: the first refused byte, or the first byte
    of an allowed access. ``region`` is the number of the deciding region (None: no region decided). ``default_range``
    and ``default_xn`` are the row of the default memory map that holds the byte, whether it decided or not.
    """

    address: int
    size: int
    access: str
    privileged: bool
    byte: int
    allowed: bool
    decision: Decision
    region: int | None
    default_range: str
    default_xn: bool
    rows: tuple[RegionRow, ...]

    @property
    def ends_in_front(self) -> RegionRow | None:
        """The region that ends where the byte is, of an access that no region decided; None where none does."""
        if self.region is not None:
            return None
        return next((row for row in self.rows if 0 <= self.byte - row.base - row.size < _WORD), None)

    def describe(self) -> str:
        """Return what decided as one sentence without a full stop."""
        default = self.default_range + (", execute never" if self.default_xn else "")
        deciding = [row for row in self.rows if row.decided]
        if not deciding:
            return _SENTENCES[self.decision].format(default=default)
        row = deciding[0]
        return _SENTENCES[self.decision].format(
            region=row.region,
            size=describe_size(row.size),
            base=row.base,
            permission=row.permission,
            xn=", execute never" if row.xn else "",
        )


def describe_size(size: int) -> str:
    """Return a number of bytes in the largest unit that keeps it whole: ``96 bytes``, ``64 KiB``."""
    for unit, name in ((1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB")):
        if size >= unit and size % unit == 0:
            return f"{size // unit} {name}"
    return f"{size} bytes"


def explain_byte(
    regions: Sequence[tuple[int, Region]],
    covering: int | None,
    bypass: Decision | None,
    privdefena: bool,
    byte: int,
    address: int,
    size: int,
    access: Access,
    privileged: bool,
    allowed: bool,
) -> Explanation:
    """Explain the access at ``byte``.

    ``regions`` are the enabled ones, highest number first, ``covering`` the number of the one that decides there, if
    regions do. ``bypass`` says why the MPU has no say, None when it has.
    """
    decision = _decision(bypass, covering, privdefena, byte, access, privileged)
    decided = covering if decision is Decision.REGION else None
    default = address_range(byte)
    return Explanation(
        address=address,
        size=size,
        access=access.name.lower(),
        privileged=privileged,
        byte=byte,
        allowed=allowed,
        decision=decision,
        region=decided,
        default_range=default.name,
        default_xn=default.execute_never,
        rows=tuple(_row(number, region, byte, number == decided) for number, region in regions),
    )


def _decision(
    bypass: Decision | None, covering: int | None, privdefena: bool, byte: int, access: Access, privileged: bool
) -> Decision:
    if access is Access.FETCH and byte >= SYSTEM_BASE:
        return Decision.SYSTEM_XN
    if bypass is not None:
        return bypass
    if covering is not None:
        return Decision.REGION
    if not privdefena:
        return Decision.NO_REGION
    return Decision.BACKGROUND if privileged else Decision.NO_REGION_UNPRIVILEGED


def _row(number: int, region: Region, byte: int, decided: bool) -> RegionRow:
    return RegionRow(
        region=number,
        base=region.base,
        size=region.size,
        ap=region.ap,
        permission=ACCESS_PERMISSIONS[region.ap].describe(),
        xn=region.xn,
        srd=region.srd,
        memory=region.memory.describe() if region.memory else "reserved",
        covers=region.covers(byte),
        disabled_subregion=region.disabled_subregion(byte),
        decided=decided,
    )
