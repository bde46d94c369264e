"""The nRF52's UARTE and RTC: DMA from and to memory, events, interrupts, the counter and what it is compared with."""

from __future__ import annotations

from support.devices import DeviceBench, put, word

from emulator.devices.nrf_ppi import NrfPpi
from emulator.devices.nrf_rtc import NrfRtc
from emulator.devices.nrf_uarte import NrfUarte
from emulator.records import replace

STARTRX, STARTTX, RXDRDY, ENDRX, TXDRDY, ENDTX, RXTO = 0x0, 0x8, 0x108, 0x110, 0x11C, 0x120, 0x144
INTENSET, INTENCLR, ENABLE, RXD, TXD = 0x304, 0x308, 0x500, 0x518, 0x51C
RXD_PTR, RXD_MAXCNT, RXD_AMOUNT, TXD_PTR, TXD_MAXCNT, TXD_AMOUNT = 0x534, 0x538, 0x53C, 0x544, 0x548, 0x54C


class Bench(DeviceBench):
    """With 64 bytes of memory at 0x20000000."""

    def __init__(self) -> None:
        super().__init__(16_000_000)
        self.memory = bytearray(range(64))
        self.context = replace(self.context, load=self._load, store=self._store)

    def _load(self, address: int, size: int) -> bytes:
        return bytes(self.memory[address - 0x2000_0000 :][:size])

    def _store(self, address: int, data: bytes) -> None:
        start = address - 0x2000_0000
        self.memory[start : start + len(data)] = data


def test_the_uart_sends_a_byte_and_says_so() -> None:
    bench = Bench()
    uart = bench.make(NrfUarte, console="u")
    put(uart, TXD, 0x40)
    put(uart, ENABLE, 4)
    put(uart, INTENSET, 1 << 7)
    put(uart, STARTTX, 1)
    put(uart, TXD, 0x141)
    assert (bench.sent, word(uart, TXDRDY), bench.lines["interrupt"]) == ([("u", b"A")], 1, True)
    put(uart, TXDRDY, 0)
    assert (word(uart, TXDRDY), bench.lines["interrupt"]) == (0, False)


def test_the_uarte_sends_from_memory() -> None:
    bench = Bench()
    uart = bench.make(NrfUarte, console="u")
    put(uart, ENABLE, 8)
    put(uart, TXD_PTR, 0x2000_0030)
    put(uart, TXD_MAXCNT, 3)
    put(uart, INTENSET, 1 << 8)
    put(uart, STARTTX, 1)
    assert (bench.sent, word(uart, TXD_AMOUNT), word(uart, ENDTX)) == ([("u", b"012")], 3, 1)
    assert bench.lines["interrupt"]
    put(uart, INTENCLR, 1 << 8)
    assert not bench.lines["interrupt"]


def test_the_uarte_receives_into_memory_until_its_buffer_is_full() -> None:
    bench = Bench()
    bench.input = list(b"xyz")
    uart = bench.make(NrfUarte, console="u")
    put(uart, ENABLE, 8)
    put(uart, RXD_PTR, 0x2000_0010)
    put(uart, RXD_MAXCNT, 2)
    put(uart, STARTRX, 1)
    for _ in range(3):
        bench.advance(10_000)
    assert (bytes(bench.memory[15:19]), word(uart, RXD_AMOUNT), word(uart, ENDRX)) == (b"\x0fxy\x12", 2, 1)
    put(uart, RXD_PTR, 0x2000_0020)
    put(uart, STARTRX, 1)
    bench.advance(10_000)
    assert (bench.memory[32], word(uart, RXDRDY), word(uart, RXTO)) == (ord("z"), 1, 0)


def test_the_uart_receives_a_byte() -> None:
    bench = Bench()
    bench.input = [0x61]
    uart = bench.make(NrfUarte, console="u")
    put(uart, ENABLE, 4)
    put(uart, STARTRX, 1)
    assert word(uart, RXDRDY) == 0
    bench.advance(10_000)
    assert (word(uart, RXDRDY), word(uart, RXD)) == (1, 0x61)


# -- RTC -----------------------------------------------------------------------------------------------------------

START, STOP, CLEAR, TRIGGER, TICK_EVENT, OVERFLOW_EVENT, COMPARE0 = 0x0, 0x4, 0x8, 0xC, 0x100, 0x104, 0x140
EVTENSET, COUNTER, PRESCALER, CC0 = 0x344, 0x504, 0x508, 0x540
TICK = 1000
"""Instructions a tick, at 32.768 MHz."""


def rtc() -> tuple[DeviceBench, NrfRtc]:
    bench = DeviceBench(32_768 * TICK)
    return bench, bench.make(NrfRtc)


def test_it_counts_while_it_runs() -> None:
    bench, made = rtc()
    bench.advance(5 * TICK)
    assert word(made, COUNTER) == 0
    put(made, START, 1)
    bench.advance(5 * TICK - 1)
    assert word(made, COUNTER) == 4
    bench.advance(1)
    assert word(made, COUNTER) == 5
    put(made, STOP, 1)
    bench.advance(5 * TICK)
    assert word(made, COUNTER) == 5
    put(made, CLEAR, 1)
    assert word(made, COUNTER) == 0


def test_the_prescaler_divides() -> None:
    bench, made = rtc()
    put(made, PRESCALER, 9)
    put(made, START, 1)
    bench.advance(25 * TICK)
    assert word(made, COUNTER) == 2


def test_a_compare_interrupts_at_its_tick_and_again_after_a_round() -> None:
    bench, made = rtc()
    put(made, CC0, 3)
    put(made, INTENSET, 1 << 16)
    put(made, START, 1)
    bench.advance(3 * TICK - 1)
    assert not bench.lines["interrupt"]
    bench.advance(1)
    assert (bench.lines["interrupt"], word(made, COMPARE0)) == (True, 1)
    put(made, COMPARE0, 0)
    assert not bench.lines["interrupt"]
    bench.advance((1 << 24) * TICK - 1)
    assert word(made, COMPARE0) == 0
    bench.advance(1)
    assert word(made, COMPARE0) == 1


def test_events_that_are_not_enabled_do_not_come() -> None:
    bench, made = rtc()
    put(made, CC0, 1)
    put(made, START, 1)
    bench.advance(3 * TICK)
    assert (word(made, COMPARE0), word(made, TICK_EVENT)) == (0, 0)
    put(made, EVTENSET, 1)
    bench.advance(TICK)
    assert (word(made, TICK_EVENT), bench.lines["interrupt"]) == (1, False)


def test_the_overflow() -> None:
    bench, made = rtc()
    put(made, INTENSET, 2)
    put(made, START, 1)
    put(made, TRIGGER, 1)
    assert word(made, COUNTER) == 0xFF_FFF0
    bench.advance(16 * TICK - 1)
    assert word(made, OVERFLOW_EVENT) == 0
    bench.advance(1)
    assert (word(made, OVERFLOW_EVENT), word(made, COUNTER), bench.lines["interrupt"]) == (1, 0, True)


def test_an_event_starts_the_tasks_of_the_channels_that_are_enabled() -> None:
    bench = Bench()
    started: list[int] = []
    bench.context = replace(bench.context, start_task=started.append)
    uart, ppi = bench.make(NrfUarte), bench.make(NrfPpi)
    uart.address = 0x4000_2000
    put(uart, ENABLE, 8)
    for channel, event in ((3, ENDTX), (4, ENDTX), (5, RXTO)):
        put(ppi, 0x510 + 8 * channel, 0x4000_2000 + event)
        put(ppi, 0x514 + 8 * channel, 0x5000_0000 + channel)
    put(ppi, 0x910 + 4 * 3, 0x6000_0000)
    put(ppi, 0x800 + 4, 1 << 4)
    put(ppi, 0x504, 1 << 3 | 1 << 5)
    put(uart, STARTTX, 1)
    assert started == [0x5000_0003, 0x6000_0000]
    put(uart, ENDTX, 1)  # a store of the program's is no event
    assert (word(uart, ENDTX), len(started)) == (1, 2)
    put(ppi, 8, 1)
    put(ppi, 0x508, 1 << 3)
    put(uart, STARTTX, 1)
    assert (started[2:], word(ppi, 0x500), word(ppi, 0x510 + 8 * 5)) == ([0x5000_0004], 1 << 4 | 1 << 5, 0x4000_2144)


def test_events_that_start_themselves_again_end() -> None:
    bench = Bench()
    started: list[int] = []
    uart = bench.make(NrfUarte)

    def start(address: int) -> None:
        started.append(address)
        put(uart, address - 0x4000_2000, 1)

    bench.context = uart.context = replace(bench.context, start_task=start)
    ppi = bench.make(NrfPpi)
    uart.address = 0x4000_2000
    put(uart, ENABLE, 8)
    put(ppi, 0x510, 0x4000_2000 + ENDTX)
    put(ppi, 0x514, 0x4000_2000 + STARTTX)
    put(ppi, 0x504, 1)
    put(uart, STARTTX, 1)
    assert started == [0x4000_2008] * 16


def test_a_compare_event_of_the_counter_starts_a_task() -> None:
    bench = Bench()
    started: list[int] = []
    bench.context = replace(bench.context, start_task=started.append)
    rtc, ppi = bench.make(NrfRtc), bench.make(NrfPpi)
    rtc.address = 0x4000_B000
    put(ppi, 0x510, 0x4000_B144)
    put(ppi, 0x514, 0x4000_2008)
    put(ppi, 0x500, 1)
    put(rtc, 0x344, 1 << 17)
    put(rtc, 0x544, 2)
    put(rtc, 0, 1)
    bench.advance(16_000_000 * 3 // 32_768)
    assert started == [0x4000_2008]


def test_a_uarte_that_is_off_stops_at_once_and_starts_nothing() -> None:
    bench = Bench()
    uart = bench.make(NrfUarte, console="u")
    put(uart, STARTTX, 1)
    put(uart, 0x4, 1)  # TASKS_STOPRX
    put(uart, 0xC, 1)  # TASKS_STOPTX
    assert (word(uart, RXTO), word(uart, 0x158), word(uart, ENDTX), word(uart, ENDRX)) == (1, 1, 0, 0)
    assert bench.sent == []
