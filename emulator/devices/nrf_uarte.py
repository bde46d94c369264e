"""UART and UARTE of the nRF52 series, one block. [nRF52840 PS 6.33, 6.34] A byte is sent the moment it is started.

ENABLE 4 is the UART: TXD and RXD, a byte each. ENABLE 8 is the UARTE: EasyDMA reads and writes RAM past the MPU; where
no memory is, it reads zeros and writes nothing. Left out: parity, flow control, errors.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

from emulator.armv7m.ports import Port, zero
from emulator.devices.peripheral import CONSOLE, Peripheral
from emulator.devices.receiver import Receiver

UART, UARTE = 4, 8
BAUDRATE_UNIT = 1 << 32
"""BAUDRATE is the rate, divided by 16 MHz, in units of 2**-32."""
CLOCK = 16_000_000
BAUDRATE_RESET = 0x0400_0000
UNCONNECTED = 0xFFFF_FFFF
COUNT_MASK = 0xFFFF
"""Bits of MAXCNT."""

CTS, NCTS, RXDRDY, ENDRX, TXDRDY, ENDTX, ERROR = 0x100, 0x104, 0x108, 0x110, 0x11C, 0x120, 0x124
RXTO, RXSTARTED, TXSTARTED, TXSTOPPED = 0x144, 0x14C, 0x150, 0x158
EVENTS = (CTS, NCTS, RXDRDY, ENDRX, TXDRDY, ENDTX, ERROR, RXTO, RXSTARTED, TXSTARTED, TXSTOPPED)
SHORT_ENDRX_STARTRX, SHORT_ENDRX_STOPRX = 1 << 5, 1 << 6

KEPT = {0x200: "shorts", 0x480: "errorsrc", 0x500: "enable", 0x508: "pselrts", 0x50C: "pseltxd", 0x510: "pselcts"}
KEPT |= {0x514: "pselrxd", 0x524: "baudrate", 0x534: "rxd_ptr", 0x538: "rxd_maxcnt", 0x544: "txd_ptr"}
KEPT |= {0x548: "txd_maxcnt", 0x56C: "config"}
"""The registers that hold what was written."""


class NrfUarte(Peripheral):
    """One block. What it sends goes to ``console``, what it receives comes from there."""

    LINES = ("interrupt",)
    PARAMETERS = {"console": CONSOLE}
    shorts: int
    errorsrc: int
    enable: int
    baudrate: int
    rxd_ptr: int
    rxd_maxcnt: int
    txd_ptr: int
    txd_maxcnt: int
    STATE = ("events", "inten", "rxd", "rxd_amount", "txd_amount", "_filled", "_is_receiving", *KEPT.values())
    PARTS = ("receiver",)

    def set_up(self) -> None:
        """See Peripheral."""
        self._console: str = self.parameters["console"]
        self.receiver = Receiver(self.context, self._console, self._bit_time, self._arrived)

    def reset(self) -> None:
        """See Device."""
        self.events: list[int] = []
        self.inten = self.rxd = self.rxd_amount = self.txd_amount = self._filled = 0
        self._is_receiving = False
        for name in KEPT.values():
            setattr(self, name, UNCONNECTED if name.startswith("psel") else 0)
        self.baudrate = BAUDRATE_RESET
        self.receiver.reset()
        self.update()

    def power_up(self) -> None:
        """See Peripheral. The input begins anew."""
        self.receiver.power_up()
        self.reset()

    def ports(self) -> Iterator[Port]:
        """Yield the registers."""
        for offset, task in (
            (0x000, self._start_rx), (0x004, self._stop_rx), (0x008, self._start_tx), (0x00C, self._stop_tx),
            (0x02C, self._flush_rx),
        ):  # fmt: skip
            yield Port(offset, zero, partial(self._trigger, task))
        for event in EVENTS:
            yield Port(event, partial(self._event, event), partial(self._write_event, event))
        yield Port(0x300, lambda: self.inten, self._write_inten)  # INTEN
        yield Port(0x304, lambda: self.inten, lambda value: self._write_inten(self.inten | value))  # INTENSET
        yield Port(0x308, lambda: self.inten, lambda value: self._write_inten(self.inten & ~value))  # INTENCLR
        for offset, name in KEPT.items():
            yield Port(offset, partial(getattr, self, name), partial(setattr, self, name))
        yield Port(0x518, self._read_rxd)  # RXD
        yield Port(0x51C, zero, self._write_txd)  # TXD
        yield Port(0x53C, lambda: self.rxd_amount)  # RXD.AMOUNT
        yield Port(0x54C, lambda: self.txd_amount)  # TXD.AMOUNT

    def input_ready(self) -> None:
        """See Peripheral."""
        self.receiver.resume()

    def is_steady(self, offset: int, size: int) -> bool:
        """See Device: the events, unless looking at them asks for input."""
        return offset in EVENTS and (offset != RXDRDY or self.receiver.is_quiet)

    def update(self) -> None:
        """See Peripheral."""
        self.lines["interrupt"](any(self.inten >> (event - CTS) // 4 & 1 for event in self.events))

    def _bit_time(self) -> int:
        rate = self.baudrate * CLOCK // BAUDRATE_UNIT
        return max(1, self.context.frequency // max(1, rate))

    def _event(self, event: int) -> int:
        if event == RXDRDY:
            self.receiver.look()
        return int(event in self.events)

    def _write_event(self, event: int, value: int) -> None:
        self._clear(event)
        if value & 1:
            self.events.append(event)
            self.update()

    def _set(self, *events: int) -> None:
        self.events += [event for event in events if event not in self.events]
        self.update()
        for event in events:
            self.context.tell_event(self.address + event)

    def _clear(self, event: int) -> None:
        self.events = [other for other in self.events if other != event]
        self.update()

    def _write_inten(self, value: int) -> None:
        begins_to_listen = value & ~self.inten & 1 << (RXDRDY - CTS) // 4
        self.inten = value
        if begins_to_listen:
            self.receiver.listen()
        self.update()

    def _trigger(self, task: Callable[[], None], value: int) -> None:
        if value & 1 and (self.enable in (UART, UARTE) or task in (self._stop_rx, self._stop_tx)):
            task()  # one that is off stops at once: start-up code waits for it behind a boot loader [D-321]

    # -- transmitting --------------------------------------------------------------------------------------------

    def _start_tx(self) -> None:
        if self.enable != UARTE:
            return
        self.txd_amount = self.txd_maxcnt & COUNT_MASK
        data = self.context.load(self.txd_ptr, self.txd_amount)
        if data and self._console:
            self.context.transmit(self._console, data)
        self._set(TXSTARTED, ENDTX, *((TXDRDY,) if data else ()))

    def _stop_tx(self) -> None:
        self._set(TXSTOPPED)

    def _write_txd(self, value: int) -> None:
        if self.enable == UART:
            if self._console:
                self.context.transmit(self._console, bytes((value & 0xFF,)))
            self._set(TXDRDY)

    # -- receiving -----------------------------------------------------------------------------------------------

    def _start_rx(self) -> None:
        self._is_receiving, self._filled = True, 0
        self.receiver.enable(True)
        if self.enable == UARTE:
            self._set(RXSTARTED)
            if self.receiver.byte is not None:
                self._arrived()

    def _stop_rx(self) -> None:
        if self._is_receiving and self.enable == UARTE:
            self.rxd_amount = self._filled
            self._set(ENDRX)
        self._is_receiving = False
        self.receiver.enable(False)
        self._set(RXTO)

    def _flush_rx(self) -> None:
        self.rxd_amount = 0
        self._set(ENDRX)

    def _arrived(self) -> None:
        if self.enable != UARTE:
            self._set(RXDRDY)
            return
        byte = self.receiver.take() if self._is_receiving else None
        if byte is None:
            return
        if self._filled < self.rxd_maxcnt & COUNT_MASK:
            self.context.store(self.rxd_ptr + self._filled & 0xFFFF_FFFF, bytes((byte,)))
            self._filled += 1
        self._set(RXDRDY)
        if self._filled >= self.rxd_maxcnt & COUNT_MASK:
            self.rxd_amount, self._is_receiving = self._filled, False
            self._set(ENDRX)
            if self.shorts & SHORT_ENDRX_STARTRX:
                self._start_rx()
            elif self.shorts & SHORT_ENDRX_STOPRX:
                self._stop_rx()

    def _read_rxd(self) -> int:
        byte = self.receiver.take()
        self.rxd = self.rxd if byte is None else byte
        return self.rxd
