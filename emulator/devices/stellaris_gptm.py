"""Stellaris general-purpose timer module: one 32-bit timer or two 16-bit ones. [LM3S6965 data sheet, 10]

Modelled: one-shot and periodic in 32 and in 16 bits (there with prescaler), and the real-time clock. The modes that
need a pin (capture, PWM) count and raise nothing. QEMU has neither the 16-bit timers nor the current values.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from emulator.armv7m.ports import Port, zero
from emulator.devices.countdown import Alarm, Countdown
from emulator.devices.peripheral import Peripheral

CFG_32_BITS, CFG_RTC, CFG_16_BITS = 0, 1, 4
MODE_ONE_SHOT, MODE_PERIODIC = 1, 2
PWM = 1 << 3
TAEN, TBEN = 1, 1 << 8
TIMEOUT = (1, 1 << 8)
RTC_MATCH = 8
INTERRUPTS = 0x70F
INTERRUPTS_A = 0x0F

HALVES = ("load", "match", "prescale", "match_prescale", "mode")


class StellarisGptm(Peripheral):
    """One module. Timer A drives the line ``a``, which has the events of a 32-bit timer too; timer B drives ``b``."""

    LINES = ("a", "b")
    STATE = ("config", "control", "imr", "ris", "rtc", *HALVES)
    PARTS = ("timer_a", "timer_b", "second")

    def set_up(self) -> None:
        """See Peripheral."""
        clock = self.context.clock
        self.timer_a = Countdown(clock, partial(self._expired, 0))
        self.timer_b = Countdown(clock, partial(self._expired, 1))
        self.second = Alarm(clock, self._count_second)

    def reset(self) -> None:
        """See Device."""
        self.config = self.control = self.imr = self.ris = self.rtc = 0
        self.load, self.match, self.prescale, self.match_prescale, self.mode = ([0, 0] for _ in HALVES)
        for timer in (self.timer_a, self.timer_b):
            timer.reset(0, 0)
            timer.set_alarmed(True)
        self.second.set(None)
        self.update()

    def ports(self) -> Iterator[Port]:
        """Yield the registers."""
        yield Port(0x00, lambda: self.config, self._write_cfg)  # GPTMCFG
        yield Port(0x0C, lambda: self.control, self._write_ctl)  # GPTMCTL
        yield Port(0x18, lambda: self.imr, self._write_imr)  # GPTMIMR
        yield Port(0x1C, self._read_ris)  # GPTMRIS
        yield Port(0x20, lambda: self._read_ris() & self.imr)  # GPTMMIS
        yield Port(0x24, zero, self._write_icr)  # GPTMICR
        for timer in (0, 1):
            offset = 4 * timer
            yield Port(0x04 + offset, *self._half("mode", timer, 0xF))  # GPTMTAMR, GPTMTBMR
            yield Port(0x28 + offset, partial(self._read_wide, "load", timer), partial(self._write_load, timer))
            yield Port(0x30 + offset, partial(self._read_wide, "match", timer), partial(self._write_match, timer))
            yield Port(0x38 + offset, *self._half("prescale", timer, 0xFF))  # GPTMTAPR, GPTMTBPR
            yield Port(0x40 + offset, *self._half("match_prescale", timer, 0xFF))  # GPTMTAPMR, GPTMTBPMR
            yield Port(0x48 + offset, partial(self._read_value, timer))  # GPTMTAR, GPTMTBR

    def update(self) -> None:
        """See Peripheral."""
        masked = self.ris & self.imr
        self.lines["a"](bool(masked & INTERRUPTS_A))
        self.lines["b"](bool(masked & ~INTERRUPTS_A))

    # -- registers with two halves -------------------------------------------------------------------------------

    @property
    def _is_wide(self) -> bool:
        return self.config < CFG_16_BITS

    def _half(self, name: str, timer: int, valid: int) -> tuple[partial[int], partial[None]]:
        return partial(self._read_half, name, timer), partial(self._write_half, name, timer, valid)

    def _read_half(self, name: str, timer: int) -> int:
        value: int = getattr(self, name)[timer]
        return value

    def _write_half(self, name: str, timer: int, valid: int, value: int) -> None:
        getattr(self, name)[timer] = value & valid

    def _read_wide(self, name: str, timer: int) -> int:
        """GPTMTAILR and GPTMTAMATCHR have 32 bits when the timers are one; the upper half is timer B's."""
        halves: list[int] = getattr(self, name)
        return halves[0] | halves[1] << 16 if timer == 0 and self._is_wide else halves[timer]

    def _write_wide(self, name: str, timer: int, value: int) -> None:
        halves: list[int] = getattr(self, name)
        halves[timer] = value & 0xFFFF
        if timer == 0 and self._is_wide:
            halves[1] = value >> 16

    def _write_match(self, timer: int, value: int) -> None:
        self._write_wide("match", timer, value)

    def _write_load(self, timer: int, value: int) -> None:
        self._write_wide("load", timer, value)
        counter = self._counter(timer)
        if counter.running:  # counting goes on from the new value
            start = self._read_wide("load", timer)
            counter.set_limit(start)
            counter.set_value(start)

    def _counter(self, timer: int) -> Countdown:
        return self.timer_b if timer and not self._is_wide else self.timer_a

    def _read_value(self, timer: int) -> int:
        if self.config == CFG_RTC:
            return self.rtc
        if self._is_wide:
            return self.timer_a.value if timer == 0 else self.timer_a.value >> 16
        return self._counter(timer).value

    # -- counting ------------------------------------------------------------------------------------------------

    def _write_cfg(self, value: int) -> None:
        self.config = value & 7

    def _write_ctl(self, value: int) -> None:
        changed = self.control ^ value
        self.control = value & 0x6F6F
        if changed & TAEN:
            if self.config == CFG_RTC:
                self.second.set(self.context.clock.now + self.context.frequency if value & TAEN else None)
            else:
                self._start_or_stop(0, bool(value & TAEN))
        if changed & TBEN and not self._is_wide:
            self._start_or_stop(1, bool(value & TBEN))

    def _start_or_stop(self, timer: int, start: bool) -> None:
        counter, mode = self._counter(timer), self.mode[timer]
        if not start or mode & 3 not in (MODE_ONE_SHOT, MODE_PERIODIC) or (mode & PWM and not self._is_wide):
            counter.stop()
            return
        load = self._read_wide("load", timer)
        counter.set_divider(1 if self._is_wide else self.prescale[timer] + 1)
        counter.set_limit(load)
        counter.set_value(load)
        counter.run(mode & 3 == MODE_ONE_SHOT)

    def _expired(self, timer: int, times: int) -> None:
        self.ris |= TIMEOUT[timer]
        if self.mode[timer] & 3 == MODE_ONE_SHOT:
            self.control &= ~(TBEN if timer else TAEN)
        self.update()

    def _count_second(self) -> None:
        self.rtc = self.rtc + 1 & 0xFFFF_FFFF
        if self.rtc == self.match[0] | self.match[1] << 16:
            self.ris |= RTC_MATCH
            self.update()
        self.second.set(self.context.clock.now + self.context.frequency)

    # -- interrupts ----------------------------------------------------------------------------------------------

    def _read_ris(self) -> int:
        self.timer_a.settle()
        self.timer_b.settle()
        return self.ris

    def _write_imr(self, value: int) -> None:
        self._read_ris()
        self.imr = value & INTERRUPTS
        self.update()

    def _write_icr(self, value: int) -> None:
        self._read_ris()
        self.ris &= ~value
        self.update()
