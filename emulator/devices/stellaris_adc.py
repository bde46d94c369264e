"""Stellaris ADC: four sample sequencers that answer a fixed level. [LM3S6965 data sheet, 11]

A sequence runs at once when the processor starts it (ADCPSSI), one sample for each of its steps up to the first that
is marked END. The other triggers, the comparators and the averaging do nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from emulator.armv7m.ports import Port, zero
from emulator.devices.peripheral import Parameter, Peripheral

SEQUENCERS = 4
DEPTHS = (8, 4, 4, 1)
"""Entries of each sequencer's FIFO, which are also its steps."""

SSCTL_END, SSCTL_IE = 2, 4
FSTAT_EMPTY, FSTAT_FULL = 1 << 8, 1 << 12
KEPT = {0x14: "emux", 0x20: "sspri", 0x30: "sac"}


class StellarisAdc(Peripheral):
    """One converter. ``level`` is what every sample reads, of 10 bits."""

    LINES = ("sequence0", "sequence1", "sequence2", "sequence3")
    PARAMETERS = {"level": Parameter(int, 0x200, highest=0x3FF)}
    STATE = ("actss", "ris", "im", "ostat", "ustat", "_mux", "_control", "_filled", "_head", *KEPT.values())

    def reset(self) -> None:
        """See Device."""
        self.actss = self.ris = self.im = self.emux = self.ostat = self.ustat = self.sac = 0
        self.sspri = 0
        self._mux = [0] * SEQUENCERS
        self._control = [0] * SEQUENCERS
        self._filled = [0] * SEQUENCERS
        self._head = [0] * SEQUENCERS
        self.update()

    def ports(self) -> Iterator[Port]:
        """Yield the registers."""
        yield Port(0x00, lambda: self.actss, self._write_actss)  # ADCACTSS
        yield Port(0x04, lambda: self.ris)  # ADCRIS
        yield Port(0x08, lambda: self.im, self._write_im)  # ADCIM
        yield Port(0x0C, lambda: self.ris & self.im, self._write_isc)  # ADCISC
        yield Port(0x10, lambda: self.ostat, partial(self._clear, "ostat"))  # ADCOSTAT
        yield Port(0x18, lambda: self.ustat, partial(self._clear, "ustat"))  # ADCUSTAT
        yield Port(0x28, zero, self._write_pssi)  # ADCPSSI
        for offset, name in KEPT.items():
            yield Port(offset, partial(getattr, self, name), partial(setattr, self, name))
        for number in range(SEQUENCERS):
            offset = 0x40 + 0x20 * number
            yield Port(offset, partial(self._item, "_mux", number), partial(self._put, "_mux", number))  # ADCSSMUX
            yield Port(offset + 4, partial(self._item, "_control", number), partial(self._put, "_control", number))
            yield Port(offset + 8, partial(self._read_fifo, number))  # ADCSSFIFO
            yield Port(offset + 12, partial(self._fifo_status, number))  # ADCSSFSTAT

    def update(self) -> None:
        """See Peripheral."""
        for number, name in enumerate(self.LINES):
            self.lines[name](bool(self.ris & self.im & 1 << number))

    def _item(self, name: str, number: int) -> int:
        value: int = getattr(self, name)[number]
        return value

    def _put(self, name: str, number: int, value: int) -> None:
        getattr(self, name)[number] = value

    def _write_actss(self, value: int) -> None:
        self.actss = value & 0xF

    def _write_im(self, value: int) -> None:
        self.im = value
        self.update()

    def _write_isc(self, value: int) -> None:
        self.ris &= ~value
        self.update()

    def _clear(self, name: str, value: int) -> None:
        setattr(self, name, getattr(self, name) & ~value)

    def _write_pssi(self, value: int) -> None:
        for number in range(SEQUENCERS):
            if value & self.actss & 1 << number:
                self._sample(number)
        self.update()

    def _sample(self, number: int) -> None:
        for step in range(DEPTHS[number]):
            if self._filled[number] < DEPTHS[number]:
                self._filled[number] += 1
            else:
                self.ostat |= 1 << number
            control = self._control[number] >> 4 * step
            if control & SSCTL_IE:
                self.ris |= 1 << number
            if control & SSCTL_END:
                break

    def _read_fifo(self, number: int) -> int:
        if not self._filled[number]:
            self.ustat |= 1 << number
            return 0
        self._filled[number] -= 1
        self._head[number] = (self._head[number] + 1) % DEPTHS[number]
        level: int = self.parameters["level"]
        return level

    def _fifo_status(self, number: int) -> int:
        filled, depth, tail = self._filled[number], DEPTHS[number], self._head[number]
        status = FSTAT_EMPTY if filled == 0 else FSTAT_FULL if filled == depth else 0
        return status | (tail + filled) % depth << 4 | tail
