"""What a run does that is legal and hardly ever meant: noticed where it happens, once for each place, for the report.

* An enabled MPU region whose base is not a multiple of its size: it begins elsewhere. [B3.5.8, D-107]
* A disabled subregion that the regions below open just as the region itself would. [B3.5.3]
* MSR and CPS of unprivileged code that would change a register: they do nothing. [B5.2.2, B5.2.3]
* A vector table whose address has low bits set, which VTOR does not have. [B3.2.5]
* SVCall whose stacking failed, and which then is taken for other code than that which asked. [B1.5.11]
* A store to read-only memory that would have changed it.

Nothing is looked for in a run that does none of that: the C half stops for what may be one. State: what was noticed, at
most MOST_NOTICES, and what is about to be.
"""

from __future__ import annotations

from bisect import bisect_right

from emulator.armv7m.faults import ExceptionNumber, Raised
from emulator.armv7m.instructions import Block, Kind, condition_passed, decode_one
from emulator.errors import GuestAccessError
from emulator.machine.parts import Parts
from emulator.records import dataclass

MOST_NOTICES = 64
READ_ONLY = "read-only"
EXC_RETURN_PROCESS = 4
_MASKS = int(Kind.MASKS)
_CONTROL_BITS = 3
_SYSM = {8: "msp", 9: "psp", 16: "primask", 17: "basepri", 18: "basepri", 19: "faultmask", 20: "control"}


@dataclass(frozen=True, slots=True)
class Notice:
    """Something at ``pc`` and virtual ``time``; ``kind`` says what, and what the numbers of ``facts`` are.

    ``misaligned``: region, base as written, base in force, size. ``hole``: region, first disabled byte, bytes, region
    that opens it. ``vtor``: as written, as it is. ``ignored``: the opcode, as one word. ``svc-left``: time and
    address of the SVC, the stack pointer then, the stack pointer now. ``read-only``: address, bytes.
    """

    kind: str
    time: int
    pc: int
    facts: tuple[int, ...]


class Notices:
    """The notices of the machine of ``parts``."""

    def __init__(self, parts: Parts) -> None:
        self._core = parts.core
        self._mpu = parts.mpu
        self._clock = parts.clock
        self._bus = parts.bus
        self._shared = parts.shared
        self._pc = parts.state.executing_pc
        parts.mpu.on_written, parts.hooks.vtor_written = self.region_written, self.vtor_written
        parts.bus.on_ignored_store = self.store_ignored
        self._found: dict[tuple[str, int, int], Notice] = {}
        self._doubted: tuple[int, int, int] | None = None
        self._svc_left: tuple[int, int, int] | None = None
        self.left_out = 0
        """Places beyond MOST_NOTICES."""

    def __bool__(self) -> bool:
        """Whether there are any."""
        self._settle()
        return bool(self._found)

    def all(self) -> list[Notice]:
        """Return them in their order."""
        self._settle()
        return sorted(self._found.values(), key=lambda notice: notice.time)

    def clear(self) -> None:
        """Forget everything: the machine starts anew."""
        self._found.clear()
        self.left_out = 0
        self._doubted = self._svc_left = None
        self._shared.doubted = self._shared.svc_left = 0

    def _note(self, kind: str, pc: int, facts: tuple[int, ...], time: int, number: int = 0) -> None:
        key = (kind, pc, number)
        if key in self._found:
            return
        if len(self._found) >= MOST_NOTICES:
            self.left_out += 1
            return
        self._found[key] = Notice(kind, time, pc, facts)

    # -- regions of the MPU --------------------------------------------------------------------------------------

    def region_written(self, number: int, is_rasr: bool) -> None:
        """The guest stores to MPU_RBAR or MPU_RASR of region ``number``, or to MPU_CTRL (-1)."""
        self._settle()
        if is_rasr and self._is_doubtful(number):
            self._doubted = number, self._pc(), self._clock.now
            self._shared.doubted = 1

    def _settle(self) -> None:
        """Look at the region whose size was written last: by now its base, which may follow, is what it was meant."""
        doubted, self._doubted = self._doubted, None
        self._shared.doubted = 0
        if doubted is not None:
            self._look_at(*doubted)

    def _is_doubtful(self, number: int) -> bool:
        return bool(self._mpu.rasr[number] & 1) and (self._begins_elsewhere(number) or bool(self._holes()))

    def _begins_elsewhere(self, number: int) -> bool:
        region = self._mpu.region(number)
        return region.is_usable and region.base != self._mpu.rbar[number]

    def _look_at(self, number: int, pc: int, time: int) -> None:
        region = self._mpu.region(number)
        if self._begins_elsewhere(number):
            self._note("misaligned", pc, (number, self._mpu.rbar[number], region.base, region.size), time, number)
        for facts in self._holes():
            self._note("hole", pc, facts, time, facts[0])

    def _holes(self) -> list[tuple[int, ...]]:
        """Return (region, first byte, bytes, region that opens it) for the first such hole of each region."""
        regions = [(number, self._mpu.region(number)) for number in range(self._mpu.regions)]
        holed = [(n, region) for n, region in regions if region.is_usable and region.has_subregions and region.srd]
        decided = self._mpu.region_map() if holed else []
        found: list[tuple[int, ...]] = []
        for number, region in holed:
            own, step = self._rights(number), region.size // 8
            for start in [region.base + part * step for part in range(8) if region.srd >> part & 1]:
                _, end, opener = decided[bisect_right(decided, start, key=lambda span: span[0]) - 1]
                if opener is None or opener > number or end < start + step:
                    continue
                if self._rights(opener) == own != (0, 0):
                    found.append((number, start, step, opener))
                    break
        return found

    def _rights(self, number: int) -> tuple[int, int]:
        region = self._mpu.region(number)
        return region.rights(True), region.rights(False)

    # -- memory --------------------------------------------------------------------------------------------------

    def store_ignored(self, address: int, size: int) -> None:
        """Read-only memory ignores a store that would have changed it."""
        self._note(READ_ONLY, self._pc(), (address, size), self._clock.now)

    # -- the vector table ----------------------------------------------------------------------------------------

    def vtor_written(self, value: int, kept: int) -> None:
        """The guest stores ``value`` to VTOR, which keeps ``kept`` of it."""
        if value != kept:
            self._note("vtor", self._pc(), (value, kept), self._clock.now)

    # -- unprivileged MSR and CPS --------------------------------------------------------------------------------

    def block_executed(self, block: Block, size: int) -> None:
        """Unprivileged code has executed ``size`` bytes of ``block``, which has instructions that only others may use.

        The engine ends a block at MSR, but not at CPS, which it knows to do nothing.
        """
        count = block.count if size == block.size else block.offsets.index(size) if size in block.offsets else 0
        for special in block.specials:
            is_last = special.offset + special.size == block.size
            since = count - block.offsets.index(special.offset)
            if special.kind & _MASKS and since > 0 and (is_last or not special.itstate & 0xF):
                self._look_at_ignored(block.address + special.offset, special.size, special.itstate, since)

    def stepped(self, pc: int, itstate: int) -> None:
        """Unprivileged code has executed the instruction at ``pc``."""
        try:
            code = self._bus.peek(pc, 4)
        except GuestAccessError:
            return
        special = decode_one(pc, code, itstate)
        if special is not None and special.kind & _MASKS:
            self._look_at_ignored(pc, special.size, itstate, 1)

    def _look_at_ignored(self, pc: int, size: int, itstate: int, since: int) -> None:
        regs = self._core.registers
        if itstate & 0xF and not condition_passed(itstate >> 4, regs.xpsr):
            return
        code = self._bus.peek(pc, size)
        word = int.from_bytes(code[:2], "little") << (16 if size == 4 else 0)
        word |= int.from_bytes(code[2:], "little") if size == 4 else 0
        if self._would_change(word, size):
            self._note("ignored", pc, (word,), self._clock.now - since)

    def _would_change(self, word: int, size: int) -> bool:
        """Whether the instruction, executed by privileged code, would have changed a register."""
        regs = self._core.registers
        if size == 2:  # CPS
            disables = word >> 4 & 1
            return bool(word & 2 and regs.primask != disables) or bool(word & 1 and regs.faultmask != disables)
        name, value = _SYSM.get(word & 0xFF), self._value(word >> 16 & 15)
        if name is None:
            return False
        if name == "control":
            return bool((value ^ regs.control) & _CONTROL_BITS)
        if name in ("primask", "faultmask"):
            return bool(value & 1 != getattr(regs, name))
        if name == "basepri":
            value &= 0xFF & -(1 << 8 - self._core.config.priority_bits)
            if word & 0xFF == 18:  # BASEPRI_MAX raises only
                return bool(value) and (value < regs.basepri or not regs.basepri)
            return bool(value != regs.basepri)
        return bool(value & ~3 != getattr(regs, name))

    def _value(self, register: int) -> int:
        regs = self._core.registers
        if register < 13:
            return int(regs.r[register])
        return int(regs.sp if register == 13 else regs.lr)

    # -- SVCall --------------------------------------------------------------------------------------------------

    def raised(self, raised: Raised, time: int, pc: int) -> None:
        """A fault was raised; where it is of stacking for SVCall that stays pending."""
        if raised.step == "stacking" and raised.other == ExceptionNumber.SVCALL:
            self._svc_left = time, pc, raised.sp or 0
            self._shared.svc_left = 1

    def taken(self) -> None:
        """An exception was taken, or one has returned."""
        left = self._svc_left
        if left is None or self._core.exceptions.is_pending(ExceptionNumber.SVCALL):
            return
        regs = self._core.registers
        sp = regs.psp if regs.lr & EXC_RETURN_PROCESS else regs.msp
        self._svc_left = None
        self._shared.svc_left = 0
        if self._core.registers.ipsr == ExceptionNumber.SVCALL and abs(sp - left[2]) > 0x100:
            self._note("svc-left", left[1], (left[0], left[1], left[2], sp), self._clock.now)
