"""The blocks that start-up code reads, and the small ones: FPGAIO, SCC, system control, SPI, I2C, ADC, nothing."""

from __future__ import annotations

import pytest
from support.devices import DeviceBench, put, registers, word

from emulator.devices.mps2_fpgaio import Mps2Fpgaio
from emulator.devices.mps2_scc import Mps2Scc
from emulator.devices.pl022 import Pl022
from emulator.devices.stellaris_adc import StellarisAdc
from emulator.devices.stellaris_i2c import StellarisI2c
from emulator.devices.stellaris_sysctl import StellarisSysctl
from emulator.devices.unimplemented import Unimplemented

# -- FPGAIO --------------------------------------------------------------------------------------------------------

CLK1HZ, CLK100HZ, COUNTER, PRESCALE, PSCNTR = 0x10, 0x14, 0x18, 0x1C, 0x20


def test_the_fpga_counters_follow_virtual_time() -> None:
    bench = DeviceBench(1_000_000)
    device = bench.make(Mps2Fpgaio)
    bench.advance(2_345_678)
    assert (word(device, CLK1HZ), word(device, CLK100HZ), word(device, COUNTER)) == (2, 234, 2_345_678)


def test_the_fpga_counters_go_on_from_what_is_written() -> None:
    bench = DeviceBench(1_000_000)
    device = bench.make(Mps2Fpgaio)
    bench.advance(500_000)
    put(device, CLK1HZ, 0xFFFF_FFFF)
    put(device, CLK100HZ, 10)
    put(device, COUNTER, 1000)
    bench.advance(1_000_000)
    assert (word(device, CLK1HZ), word(device, CLK100HZ), word(device, COUNTER)) == (0, 110, 1_001_000)


@pytest.mark.parametrize(("prescale", "start", "ticks"), [(5, 7, 14), (0, 3, 10), (9, 0, 100), (3, 0, 1)])
def test_the_prescaler_counts_like_counting_by_hand(prescale: int, start: int, ticks: int) -> None:
    bench = DeviceBench()
    device = bench.make(Mps2Fpgaio)
    put(device, PRESCALE, prescale)
    put(device, PSCNTR, start)
    counter, pscntr = 0, start
    for _ in range(ticks):
        bench.advance(1)
        if pscntr:
            pscntr -= 1
        else:
            pscntr, counter = prescale, counter + 1
        assert (word(device, PSCNTR), word(device, COUNTER)) == (pscntr, counter)


def test_the_leds_have_as_many_bits_as_the_board_says() -> None:
    device = DeviceBench().make(Mps2Fpgaio, leds=3)
    put(device, 0, 0xFF)
    assert word(device, 0) == 7


def test_a_slower_prescaler_clock_is_scaled() -> None:
    bench = DeviceBench(1_000_000)
    device = bench.make(Mps2Fpgaio, clock=1000)
    bench.advance(999)
    assert word(device, COUNTER) == 0
    bench.advance(1)
    assert word(device, COUNTER) == 1


# -- SCC -----------------------------------------------------------------------------------------------------------


def test_the_scc_transfers_oscillator_settings_at_once() -> None:
    device = DeviceBench().make(Mps2Scc, id=0x4104_3850)
    put(device, 0xA8, 0x8010_0001)
    assert (word(device, 0xAC), word(device, 0xA0), word(device, 0xA8)) == (1, 24_576_000, 0x0010_0001)
    put(device, 0xA4, 123)
    put(device, 0xA8, 0xC010_0001)
    put(device, 0xA8, 0x8010_0001)
    assert word(device, 0xA0) == 123


@pytest.mark.parametrize("command", [0x8010_0003, 0x8020_0000])
def test_the_scc_says_when_there_is_nothing_to_transfer(command: int) -> None:
    device = DeviceBench().make(Mps2Scc, id=0)
    put(device, 0xA8, command)
    assert word(device, 0xAC) == 3


def test_the_scc_shows_the_boards_identity_and_resets_its_settings() -> None:
    device = DeviceBench().make(Mps2Scc, id=0x4104_3850, oscillators=(1, 2))
    put(device, 0xA4, 9)
    put(device, 0xA8, 0xC010_0000)
    put(device, 0x100, 0)
    assert word(device, 0x100) == 0x00FF_0001
    device.reset()
    put(device, 0xA8, 0x8010_0000)
    assert word(device, 0xA0) == 1
    assert [word(device, o) for o in (0x10, 0x100, 0xFF8, 0xFFC)] == [2, 0xFFFF_0001, 0x0020_0008, 0x4104_3850]


# -- Stellaris system control --------------------------------------------------------------------------------------

RIS, IMC, MISC, RCC, RCC2 = 0x50, 0x54, 0x58, 0x60, 0x70
BYPASS, PWRDN = 1 << 11, 1 << 13


def sysctl() -> tuple[DeviceBench, StellarisSysctl]:
    bench = DeviceBench()
    return bench, bench.make(StellarisSysctl, did0=0x1001_0002, user0=0x5452)


@pytest.mark.parametrize("clock", [RCC, RCC2])
@pytest.mark.parametrize("cleared", [PWRDN, PWRDN | BYPASS])
def test_powering_the_pll_up_locks_it(clock: int, cleared: int) -> None:
    bench, device = sysctl()
    put(device, IMC, 0x40)
    assert (word(device, RIS), bench.lines["interrupt"]) == (0, False)
    put(device, clock, word(device, clock) & ~cleared)
    assert (word(device, RIS), word(device, MISC), bench.lines["interrupt"]) == (0x40, 0x40, True)
    put(device, MISC, 0x40)
    assert (word(device, RIS), bench.lines["interrupt"]) == (0, False)


@pytest.mark.parametrize("clock", [RCC, RCC2])
def test_leaving_the_bypass_reports_the_lock_again(clock: int) -> None:
    _, device = sysctl()
    put(device, clock, word(device, clock) & ~PWRDN)
    put(device, MISC, 0x40)
    put(device, clock, word(device, clock) & ~BYPASS)
    assert word(device, RIS) == 0x40


def test_a_pll_without_power_never_locks() -> None:
    _, device = sysctl()
    put(device, RCC, word(device, RCC) & ~BYPASS)
    assert word(device, RIS) == 0


def test_system_control_reset_values_and_identity() -> None:
    _, device = sysctl()
    put(device, 0x104, 0xFFFF_FFFF)
    assert word(device, 0x104) == 0xFFFF_FFFF
    put(device, 0x00, 0)
    device.reset()
    offsets = (0x00, 0x30, RCC, 0x64, RCC2, 0x100, 0x104, 0x110, 0x120, 0x1E0)
    expected = [0x1001_0002, 0x7FFD, 0x078E_3AC0, 0x1902, 0x0780_2810, 1, 0, 1, 1, 0x5452]
    assert [word(device, offset) for offset in offsets] == expected


# -- SPI, I2C, ADC, and what is not there --------------------------------------------------------------------------


def test_spi_sends_into_the_void_and_gets_zeros_back() -> None:
    bench = DeviceBench()
    device = bench.make(Pl022)
    put(device, 0x00, 7)
    put(device, 0x04, 2)
    for byte in (1, 2, 3):
        put(device, 0x08, byte)
    assert word(device, 0x0C) == 0b00111  # nothing to send, room, something received
    assert [word(device, 0x08) for _ in range(4)] == [0, 0, 0, 0]
    assert word(device, 0x0C) == 0b00011


def test_spi_in_loopback_returns_words_of_the_set_width() -> None:
    device = DeviceBench().make(Pl022)
    put(device, 0x00, 7)
    put(device, 0x04, 3)
    put(device, 0x08, 0x1A5)
    assert word(device, 0x08) == 0xA5


def test_spi_waits_while_it_is_disabled_or_its_receiver_is_full() -> None:
    bench = DeviceBench()
    device = bench.make(Pl022)
    put(device, 0x00, 7)
    for byte in range(10):
        put(device, 0x08, byte)
    assert word(device, 0x0C) == 0b10000
    put(device, 0x14, 4)
    put(device, 0x04, 3)
    assert bench.lines["interrupt"]
    put(device, 0x08, 8)
    assert word(device, 0x0C) == 0b11110
    assert [word(device, 0x08) for _ in range(9)] == list(range(9))
    assert not bench.lines["interrupt"]


def test_i2c_says_that_nobody_answers() -> None:
    bench = DeviceBench()
    device = bench.make(StellarisI2c)
    put(device, 0x04, 7)
    assert word(device, 0x04) == 0x20  # the master is disabled
    put(device, 0x20, 0x10)
    put(device, 0x10, 1)
    put(device, 0x04, 7)
    assert (word(device, 0x04), bench.lines["interrupt"]) == (0x26, True)
    put(device, 0x1C, 1)
    assert not bench.lines["interrupt"]


def test_the_adc_converts_a_sequence_when_it_is_told_to() -> None:
    bench = DeviceBench()
    device = bench.make(StellarisAdc, level=0x123)
    put(device, 0x44, 0x0060)  # two steps: the second is the end, and interrupts
    put(device, 0x00, 1)
    put(device, 0x08, 1)
    assert word(device, 0x4C) == 0x100
    put(device, 0x28, 1)
    assert (bench.lines["sequence0"], word(device, 0x4C)) == (True, 0x20)
    assert [word(device, 0x48) for _ in range(3)] == [0x123, 0x123, 0]
    assert word(device, 0x18) == 1  # underflow
    put(device, 0x0C, 1)
    assert not bench.lines["sequence0"]


def test_a_full_adc_fifo_overflows() -> None:
    device = DeviceBench().make(StellarisAdc)
    put(device, 0x00, 8)
    put(device, 0xA4, 2)
    put(device, 0x28, 8)
    assert word(device, 0xAC) & 0x1000
    put(device, 0x28, 8)
    assert word(device, 0x10) == 8


def test_what_is_unimplemented_is_zeros_of_the_given_size() -> None:
    device = DeviceBench().make(Unimplemented, size=0x40)
    put(device, 0, 0xFFFF_FFFF)
    assert device.size == 0x40
    assert set(registers(device).values()) == {0}
