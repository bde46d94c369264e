"""The nRF52's radio, typed from its product specification: states, times, shortcuts, and what the PPI hears of it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from support.devices import DeviceBench, put, word

from emulator.devices.nrf_ppi import NrfPpi
from emulator.devices.nrf_radio import NrfRadio

TXEN, RXEN, START, STOP, DISABLE, EDSTART, CCASTART = 0x00, 0x04, 0x08, 0x0C, 0x10, 0x24, 0x2C
READY, ADDRESS, END, DISABLED, EDEND, CCAIDLE = 0x100, 0x104, 0x10C, 0x110, 0x13C, 0x144
SHORTS, INTENSET, INTENCLR, PACKETPTR, MODE, PCNF0, PCNF1, STATE, MODECNF0, POWER = (
    *(0x200, 0x304, 0x308, 0x504, 0x510, 0x514, 0x518, 0x550, 0x650, 0xFFC),
)


def radio(packet: bytes = b"") -> tuple[DeviceBench, NrfRadio]:
    """A radio at an instruction a microsecond; ``packet`` is at 0x2000_0000."""
    bench = DeviceBench(1_000_000)
    load = {"load": lambda address, size: packet[address - 0x2000_0000 :][:size]}
    bench.context = replace(bench.context, **load)
    return bench, bench.make(NrfRadio)


def test_it_ramps_up_sends_and_is_disabled() -> None:
    bench, made = radio(bytes([0, 10]))
    for offset, value in ((PACKETPTR, 0x2000_0000), (MODE, 3), (PCNF0, 1 << 8 | 8), (PCNF1, 37)):
        put(made, offset, value)
    put(made, TXEN, 1)
    bench.advance(139)
    assert (word(made, STATE), word(made, READY)) == (9, 0)
    bench.advance(1)
    assert (word(made, STATE), word(made, READY)) == (10, 1)
    put(made, START, 1)
    bench.advance((8 + 2 + 10) * 8 - 1)  # preamble, address and CRC; two bytes in front; ten of contents
    assert (word(made, STATE), word(made, END)) == (11, 0)
    bench.advance(1)
    assert (word(made, STATE), word(made, ADDRESS), word(made, END)) == (10, 1, 1)
    put(made, DISABLE, 1)
    assert (word(made, STATE), word(made, DISABLED)) == (12, 0)
    bench.advance(6)
    assert (word(made, STATE), word(made, DISABLED)) == (0, 1)


def test_who_listens_hears_nothing_until_it_stops() -> None:
    bench, made = radio()
    put(made, MODECNF0, 1)
    put(made, RXEN, 1)
    bench.advance(40)
    put(made, START, 1)
    bench.advance(1_000_000)
    assert (word(made, STATE), word(made, END)) == (3, 0)
    put(made, STOP, 1)
    assert word(made, STATE) == 2


def test_shortcuts_go_from_one_to_the_next() -> None:
    bench, made = radio()
    put(made, SHORTS, 1 << 0 | 1 << 1 | 1 << 3)  # READY to START, END to DISABLE, DISABLED to RXEN
    put(made, INTENSET, 1 << 3)
    put(made, TXEN, 1)
    bench.advance(140)
    bench.advance(8 * 8)
    assert (word(made, STATE), bench.lines["interrupt"]) == (12, True)
    put(made, END, 0)
    assert not bench.lines["interrupt"]
    bench.advance(6)
    assert word(made, STATE) == 1
    bench.advance(140)
    assert word(made, STATE) == 3


@pytest.mark.parametrize(("task", "event"), [(EDSTART, EDEND), (CCASTART, CCAIDLE)])
def test_the_air_is_clear(task: int, event: int) -> None:
    bench, made = radio()
    put(made, RXEN, 1)
    bench.advance(140)
    put(made, task, 1)
    bench.advance(127)
    assert word(made, event) == 0
    bench.advance(1)
    assert (word(made, event), word(made, 0x668)) == (1, 0)


def test_without_power_it_forgets_all() -> None:
    _, made = radio()
    put(made, PCNF0, 8)
    put(made, POWER, 0)
    put(made, TXEN, 1)
    assert (word(made, PCNF0), word(made, STATE), word(made, POWER)) == (0, 0, 0)
    put(made, POWER, 1)
    put(made, TXEN, 1)
    assert word(made, STATE) == 9


@pytest.mark.parametrize(
    ("channel", "event", "tasks"),
    [
        (20, 0x4000_8140, [0x4000_1000]),
        (22, 0x4000_8144, [0x4000_1010]),
        (26, 0x4000_1104, [0x4000_8044]),
        (27, 0x4000_110C, [0x4000_8048]),
        (31, 0x4000_B140, [0x4000_8000]),
    ],
)
def test_the_fixed_channels_of_the_interconnect(channel: int, event: int, tasks: list[int]) -> None:
    bench, started = DeviceBench(), []
    bench.context = replace(bench.context, start_task=started.append)
    ppi = bench.make(NrfPpi)
    bench.context.tell_event(event)
    assert started == []
    put(ppi, 0x504, 1 << channel)
    bench.context.tell_event(event)
    assert started == tasks
    put(ppi, 0x910 + 4 * channel, 0x4000_6000)
    bench.context.tell_event(event)
    assert started == [*tasks, *tasks, 0x4000_6000]


def test_a_radio_tells_the_interconnect_of_its_events() -> None:
    bench, made = radio()
    heard: list[int] = []
    bench.context.event_listeners.append(heard.append)
    made.address = 0x4000_1000
    put(made, TXEN, 1)
    bench.advance(140)
    assert heard == [0x4000_1100, 0x4000_1154]
