"""Steps both sides together, one instruction or one exception at a time, and stops at the first difference.

Our side goes first: what time, sleep and semihosting do is decided here and handed over. While QEMU executes a step,
our side already executes the next one; nothing of QEMU's result could change it, because any difference is the end.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from emulator.armv7m.faults import exception_name
from emulator.armv7m.instructions import Kind, decode_one
from emulator.armv7m.scb import CCR
from emulator.compare.difference import Difference, Result, Row
from emulator.compare.here import FAULT_REGISTERS, Here, Moment
from emulator.compare.known import Readable, readable_registers
from emulator.compare.qemu import Qemu, QemuEnded
from emulator.devices.bus import PAGE_SIZE
from emulator.machine.stop import Asleep, Exited, Lockup, ResetRequested, StopReason

CORE_NAMES = (*(f"r{n}" for n in range(13)), "sp", "lr", "pc", "xPSR")
FP_NAMES = (*(f"s{n}" for n in range(32)), "FPSCR")
SPECIAL_SHOWN = {name: name.upper() for name in ("control", "msp", "psp", "primask", "basepri", "faultmask")}
HISTORY = 8
"""Steps that a report shows."""

_LOADED = frozenset((*range(13), 14))
_MMARVALID, _BFARVALID = 1 << 7, 1 << 15
_DEBUGEVT, _FORCED, _VECTTBL = 1 << 31, 1 << 30, 1 << 1
_SLEEPONEXIT = 2
_SAVED = frozenset((*FP_NAMES[:16], "FPSCR"))
_SUBREGIONS = 8


class Lockstep:
    """Both sides of one comparison, of ``count`` steps at the most. ``run`` once.

    Before the program reaches ``start`` (an address, or None) a difference of R0-R12, LR or the flags is not reported;
    QEMU takes over our value. ``on_progress`` is told the steps now and then.
    """

    def __init__(
        self, here: Here, qemu: Qemu, count: int, start: int | None = None,
        on_progress: Callable[[int], None] = lambda steps: None,
    ) -> None:  # fmt: skip
        self._here = here
        self._qemu = qemu
        self._count = count
        self._start = start
        self._on_progress = on_progress
        self._readable = readable_registers()
        self._before = here.core_registers()
        self._last: deque[Moment] = deque(maxlen=HISTORY)
        self._agreed_fp = self._agreed_special = 0
        self.result = Result()

    def run(self) -> Result:
        """Compare up to the first difference, the program's end, or the number of steps."""
        result = self.result
        self._adopt_reset_state()
        moment = self._here.step()
        while True:
            result.steps += 1
            self._last.append(moment)
            following = self._execute(moment)
            if not result.difference and not result.end:
                self._compare(moment)
            if result.difference or result.end:
                break
            if result.steps >= self._count:
                result.end = "the number of steps is reached"
                break
            self._before = moment.core
            if result.steps % 1000 == 0:
                self._on_progress(result.steps)
            moment = following or self._here.step()
        if not result.difference and following is None and not isinstance(moment.reason, Lockup):
            self._compare_memory(moment)
        result.last = tuple(self._last)
        return result

    def _adopt_reset_state(self) -> None:
        """Give QEMU the registers that reset leaves UNKNOWN; everything else is compared with the first step."""
        theirs = self._qemu.core_registers()
        if theirs != self._before:
            rest = theirs[:16] == self._before[:16] and not (theirs[16] ^ self._before[16]) & 0x0FFF_FFFF
            if rest:
                self.result.known["K-05"] += 1
                self._qemu.set_core_registers(self._before)

    # -- one step ------------------------------------------------------------------------------------------------

    def _execute(self, moment: Moment) -> Moment | None:
        """Let QEMU do what ``moment`` tells; returns our next step when it could be made meanwhile."""
        qemu, result = self._qemu, self.result
        if moment.entered:
            result.exceptions[moment.entered] += 1
        for exception in moment.pend_before:
            result.known["K-02"] += 1
            qemu.pend(exception)
        if moment.carried:
            result.known[moment.carried] += 1
            self._carry(moment)
        if moment.reason is not None and not isinstance(moment.reason, Lockup):
            result.end = end_words(moment.reason)
            return None
        if moment.carried:
            return None
        qemu.begin_step()
        following = None
        if moment.reason is None and not moment.spins and result.steps < self._count:
            following = self._here.step()
        self._finish(moment)
        return following

    def _finish(self, moment: Moment) -> None:
        try:
            awake = self._qemu.finish_step()
        except QemuEnded as ended:
            if isinstance(moment.reason, Lockup) and "ockup" in str(ended):
                self.result.known["K-12"] += 1
                self.result.end = f"both lock up: {moment.reason.cause}"
            else:
                ignored = "ockup" in str(ended) and self._here.machine.system.ccr & CCR.BFHFNMIGN.mask
                known = "K-24" if ignored and moment.fault is None else ""
                self._differ("end", f"QEMU ended: {ended}", [], moment, known=known)
            return
        if not awake:
            self._differ("end", "QEMU sleeps and nothing wakes it", [], moment)
        elif isinstance(moment.reason, Lockup):
            self._differ("end", f"the core locks up here ({moment.reason.cause}), on QEMU it goes on", [], moment)

    def _carry(self, moment: Moment) -> None:
        for address, data in moment.stores:
            self._qemu.port.write(address, data)
        self._qemu.set_core_registers(moment.core)
        if moment.fp is not None:
            self._qemu.set_fp_registers(moment.fp)

    # -- comparing -----------------------------------------------------------------------------------------------

    def _compare(self, moment: Moment) -> None:
        """Compare the state after a step, and hand over what belongs to the time after it."""
        qemu, result = self._qemu, self.result
        if self._start is not None and moment.core[15] == self._start:
            self._start = None
        theirs = qemu.core_registers()
        if theirs != moment.core and not self._explain_core(moment, theirs):
            return
        if moment.torn is not None and self._qemu.port.read(moment.torn[0], len(moment.torn[1])) != moment.torn[1]:
            result.known["K-23"] += 1
            qemu.port.write(*moment.torn)
        if moment.frame:
            self._hand_over_frame(moment)
        if moment.fp is not None:
            self._compare_fp(moment)
        if moment.faults is not None:
            self._compare_faults(moment)
        for exception in moment.pend_after:
            entry = "K-16" if moment.returned and self._here.machine.system.scr & _SLEEPONEXIT else "K-02"
            result.known[entry] += 1
            qemu.pend(exception)
        if moment.probe and not result.difference:
            self._compare_special(moment)
        if moment.spins and not result.difference:
            result.end = f"the program stays in an endless loop at 0x{moment.pc:08x}"

    def _differ(
        self, kind: str, words: str, rows: list[Row], moment: Moment, agreed: int = -1, known: str = ""
    ) -> None:
        if self.result.difference is None:
            agreed = moment.number - 1 if agreed < 0 else agreed
            self.result.difference = Difference(kind, words, tuple(rows), moment, self._before, agreed, known)
            if known:
                self.result.known[known] += 1

    def _explain_core(self, moment: Moment, theirs: tuple[int, ...]) -> bool:
        """Whether a known difference explains the core registers so that the comparison goes on."""
        differing = [n for n in range(17) if theirs[n] != moment.core[n]]
        if self._start is not None and _can_take_over(moment.core, theirs):
            self._qemu.set_core_registers(moment.core)
            return True
        entries = self._read_entries(moment, theirs, differing)
        if entries:
            self.result.known.update(entry.id for entry in entries)
            self._qemu.set_core_registers(moment.core)
            return True
        rows = [Row(CORE_NAMES[n], moment.core[n], theirs[n]) for n in differing]
        words = self._describe_core(moment, theirs)
        known = _terminal(moment, theirs)
        if moment.aligned_fp and differing == [13] and theirs[13] - moment.core[13] == 4:
            known = "K-21"
        self._differ("registers", words, rows, moment, known=known)
        return False

    def _read_entries(self, moment: Moment, theirs: tuple[int, ...], differing: list[int]) -> list[Readable]:
        """Return the known differences of the registers that the step read, if they explain all that differs."""
        if not _LOADED.issuperset(differing) or len(differing) > len(moment.reads):
            return []
        entries = [self._readable[a & ~3] for a in moment.reads if a & ~3 in self._readable]
        mask = 0
        for entry in entries:
            mask |= entry.mask
        if any((moment.core[n] ^ theirs[n]) & ~mask for n in differing):
            return []
        return entries

    def _describe_core(self, moment: Moment, theirs: tuple[int, ...]) -> str:
        ours = moment.core
        mine, other = ours[16] & 0x1FF, theirs[16] & 0x1FF
        if mine != other:
            return f"{_whereabouts(moment, mine, ours[15])} here, {_whereabouts(None, other, theirs[15])} on QEMU"
        if ours[15] != theirs[15]:
            return f"the program goes on at 0x{ours[15]:08x} here, at 0x{theirs[15]:08x} on QEMU"
        names = [CORE_NAMES[n] for n in range(17) if ours[n] != theirs[n]]
        return f"{' and '.join(names) if len(names) < 3 else f'{len(names)} registers'} differ{'s' * (len(names) == 1)}"

    def _hand_over_frame(self, moment: Moment) -> None:
        """Give QEMU the words of a frame that it gave up to write; what both wrote is compared by who reads it."""
        differing = [(at, data) for at, data in moment.frame if self._qemu.port.read(at, 4) != data]
        stacked = (*self._before[:4], self._before[12], self._before[14])
        start = moment.special["psp" if moment.core[14] & 4 else "msp"]
        for address, data in differing:
            place = (address - start) // 4
            if place < len(stacked) and int.from_bytes(data, "little") != stacked[place]:
                return
        if differing:
            self.result.known["K-22"] += 1
        for address, data in differing:
            self._qemu.port.write(address, data)

    def _compare_fp(self, moment: Moment) -> None:
        assert moment.fp is not None
        theirs = self._qemu.fp_registers()
        rows = [Row(*row) for row in zip(FP_NAMES, moment.fp, theirs, strict=True) if row[1] != row[2]]
        if rows and moment.saved_fp and all(row.qemu == 0 and row.name in _SAVED for row in rows):
            self.result.known["K-19"] += 1
            self._qemu.set_fp_registers(moment.fp)
        elif rows:
            self._differ("registers", _names_differ(rows), rows, moment, self._agreed_fp)
        self._agreed_fp = moment.number

    def _compare_special(self, moment: Moment) -> None:
        theirs = self._qemu.special_registers(moment.core[15], moment.core[0], moment.privileged)
        if theirs is None:
            words = f"the instruction at 0x{moment.core[15]:08x} may be fetched here, not on QEMU"
            self._differ("registers", words, [], moment)
            return
        rows = [
            Row(SPECIAL_SHOWN[name], moment.special[name], value)
            for name, value in theirs.items()
            if moment.special[name] != value
        ]
        if rows:
            known = "K-21" if moment.aligned_fp and _is_alignment(rows) else ""
            self._differ("special registers", _names_differ(rows), rows, moment, self._agreed_special, known)
        self._agreed_special = moment.number

    def _compare_faults(self, moment: Moment) -> None:
        """Compare the fault status; MMFAR and BFAR count while they are valid."""
        assert moment.faults is not None
        first = FAULT_REGISTERS["SHCSR"]
        data = self._qemu.port.read(first, 4 * len(FAULT_REGISTERS))
        theirs = {
            name: int.from_bytes(data[address - first : address - first + 4], "little")
            for name, address in FAULT_REGISTERS.items()
        }
        both_valid = moment.faults["CFSR"] & theirs["CFSR"]
        rows = []
        for name, mine in moment.faults.items():
            if mine == theirs[name] or (name == "MMFAR" and not both_valid & _MMARVALID):
                continue
            if name == "BFAR" and not both_valid & _BFARVALID:
                continue
            entry = _fault_entry(name, mine, theirs[name])
            if entry:
                self.result.known[entry] += 1
            else:
                rows.append(Row(name, mine, theirs[name]))
        if rows:
            self._differ("fault registers", _names_differ(rows), rows, moment)

    def _compare_memory(self, moment: Moment) -> None:
        """Compare all RAM, at the end: a store that nothing has read since shows here."""
        for block in self._here.machine.bus.blocks:
            if block.writable:
                theirs = self._qemu.port.read(block.address, block.size)
                if theirs != block.view:
                    self._differ_in_memory(block.address, bytes(block.view), theirs, moment)
                    return

    def _differ_in_memory(self, start: int, ours: bytes, theirs: bytes, moment: Moment) -> None:
        words = [n for n in range(0, len(ours), 4) if ours[n : n + 4] != theirs[n : n + 4]]
        rows = [
            Row(
                f"0x{start + n:08x}",
                int.from_bytes(ours[n : n + 4], "little"),
                int.from_bytes(theirs[n : n + 4], "little"),
            )
            for n in words[:HISTORY]
        ]
        text = "1 word of memory differs" if len(words) == 1 else f"{len(words):,} words of memory differ"
        self._differ("memory", text, rows, moment, 0)


# -- words and rules ---------------------------------------------------------------------------------------------------


def end_words(reason: StopReason) -> str:
    """Say how the program ended."""
    if isinstance(reason, Exited):
        return f"the program ended with code {reason.code}"
    if isinstance(reason, Asleep):
        return "the program sleeps and nothing can wake it"
    if isinstance(reason, ResetRequested):
        return "the program resets the processor"
    return f"the run ended: {type(reason).__name__}"


def _names_differ(rows: list[Row]) -> str:
    names = [row.name for row in rows]
    return f"{', '.join(names[:4])}{' and more' * (len(names) > 4)} differ{'s' * (len(names) == 1)}"


def _whereabouts(moment: Moment | None, exception: int, pc: int) -> str:
    place = exception_name(exception) if exception else "Thread mode"
    cause = f" ({moment.fault.fault.cause.name})" if moment is not None and moment.fault is not None else ""
    return f"{place}{cause} at 0x{pc:08x}"


def _is_alignment(rows: list[Row]) -> bool:
    """Whether nothing differs but a stack pointer, by a word."""
    return len(rows) == 1 and rows[0].name in ("MSP", "PSP") and rows[0].qemu - rows[0].here == 4


def _can_take_over(ours: tuple[int, ...], theirs: tuple[int, ...]) -> bool:
    """Whether a debugger can bring QEMU to our state: the same place, mode and stack pointer."""
    return ours[15] == theirs[15] and ours[13] == theirs[13] and not (ours[16] ^ theirs[16]) & 0x1FF


def _fault_entry(name: str, ours: int, theirs: int) -> str:
    """Return the known difference that explains a fault register, or an empty string."""
    if name == "DFSR" and theirs == 0:
        return "K-06"
    if name == "HFSR":
        if ours & _DEBUGEVT and not (ours ^ theirs) & ~(_DEBUGEVT | _FORCED):
            return "K-06"
        if ours & _VECTTBL and not (ours ^ theirs) & ~_FORCED:
            return "K-07"
    return ""


def _terminal(moment: Moment, theirs: tuple[int, ...]) -> str:
    """Return the known difference behind an exception that only our side took, or an empty string."""
    if moment.fault is None or not moment.entered or moment.entered == theirs[16] & 0x1FF:
        return ""
    fault = moment.fault.fault
    name = fault.cause.name
    if name == "DEBUGEVT" and moment.entered == 12:
        return "K-17"
    explanation = moment.fault.explanation
    if moment.begins_allowed:
        return "K-13"
    deciding = [] if explanation is None else [row for row in explanation.rows if row.decided]
    if any(row.srd and row.size < _SUBREGIONS * PAGE_SIZE for row in deciding):
        return "K-20"
    if name == "IACCVIOL" and theirs[15] != moment.pc:
        return "K-14"
    if name == "UNALIGNED":
        special = decode_one(moment.pc, moment.code) if len(moment.code) == 4 else None
        if special is not None and special.kind & Kind.EXCLUSIVE:
            return "K-15"
    return ""
