"""MPS2 FPGA I/O block: LEDs, buttons and free-running counters. [DAI 0385, 3.8]

The LEDs light nothing and the buttons are never pressed; MISC reads as written.
"""

from __future__ import annotations

from collections.abc import Iterator

from emulator.armv7m.ports import Port, zero
from emulator.devices.peripheral import Parameter, Peripheral


class Mps2Fpgaio(Peripheral):
    """One block. ``clock`` is the frequency of PSCNTR in Hz, 0 for the processor's; ``leds`` the width of LED0."""

    PARAMETERS = {"clock": Parameter(int, 0), "leds": Parameter(int, 2, highest=32)}
    STATE = ("led0", "prescale", "misc", "counter", "pscntr", "_ticks_seen", "_seconds_from", "_hundredths_from")

    def set_up(self) -> None:
        """See Peripheral."""
        self._frequency: int = self.parameters["clock"] or self.context.frequency

    def reset(self) -> None:
        """See Device."""
        self.led0 = self.prescale = self.misc = self.counter = self.pscntr = 0
        self._ticks_seen = self._elapsed(self._frequency)
        self._seconds_from = self._elapsed(1)
        self._hundredths_from = self._elapsed(100)

    def ports(self) -> Iterator[Port]:
        """Yield the registers."""
        yield Port(0x00, lambda: self.led0, self._write_led0)  # LED0
        yield Port(0x08, zero)  # BUTTON
        yield Port(0x10, self._read_clk1hz, self._write_clk1hz)  # CLK1HZ
        yield Port(0x14, self._read_clk100hz, self._write_clk100hz)  # CLK100HZ
        yield Port(0x18, self._read_counter, self._write_counter)  # COUNTER
        yield Port(0x1C, lambda: self.prescale, self._write_prescale)  # PRESCALE
        yield Port(0x20, self._read_pscntr, self._write_pscntr)  # PSCNTR
        yield Port(0x4C, lambda: self.misc, self._write_misc)  # MISC

    def _elapsed(self, frequency: int) -> int:
        """Return the ticks of a clock of ``frequency`` Hz since the start of the run."""
        return self.context.clock.now * frequency // self.context.frequency

    def _settle(self) -> None:
        """Bring PSCNTR and COUNTER up to now: a tick after PSCNTR is zero it reloads and COUNTER goes up."""
        ticks = self._elapsed(self._frequency) - self._ticks_seen
        self._ticks_seen += ticks
        after_zero = ticks - self.pscntr
        if after_zero <= 0:
            self.pscntr -= ticks
            return
        period = self.prescale + 1
        self.counter = self.counter + (after_zero + self.prescale) // period & 0xFFFF_FFFF
        self.pscntr = self.prescale - (after_zero - 1) % period

    def _read_counter(self) -> int:
        self._settle()
        return self.counter

    def _write_counter(self, value: int) -> None:
        self._settle()
        self.counter = value

    def _read_pscntr(self) -> int:
        self._settle()
        return self.pscntr

    def _write_pscntr(self, value: int) -> None:
        self._settle()
        self.pscntr = value

    def _write_prescale(self, value: int) -> None:
        self._settle()
        self.prescale = value

    def _write_led0(self, value: int) -> None:
        self.led0 = value & (1 << self.parameters["leds"]) - 1

    def _write_misc(self, value: int) -> None:
        self.misc = value

    def _read_clk1hz(self) -> int:
        return self._elapsed(1) - self._seconds_from & 0xFFFF_FFFF

    def _write_clk1hz(self, value: int) -> None:
        self._seconds_from = self._elapsed(1) - value

    def _read_clk100hz(self) -> int:
        return self._elapsed(100) - self._hundredths_from & 0xFFFF_FFFF

    def _write_clk100hz(self, value: int) -> None:
        self._hundredths_from = self._elapsed(100) - value
