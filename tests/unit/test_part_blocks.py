"""What drivers of parts wait for when nothing is connected: USB without a host, SDIO without a card, converters.

Offsets and bits are typed from the parts' manuals.
"""

from __future__ import annotations

import pytest
from support.devices import DeviceBench, put, word

from emulator.board.board_file import load_board
from emulator.devices.catalog import DEVICE_TYPES
from emulator.devices.peripheral import Peripheral

SYNOPSYS = 0x4F54
"""The upper half of GSNPSID: OT, in ASCII."""


def block(board: str, name: str, bench: DeviceBench | None = None) -> tuple[DeviceBench, Peripheral]:
    found = load_board(board)
    bench = bench or DeviceBench(found.frequency)
    spec = next(device for device in found.devices if device.name == name)
    return bench, bench.make(DEVICE_TYPES[spec.type], **spec.parameters)


@pytest.mark.parametrize(
    ("board", "name"),
    [
        *(("stm32f407", "OTG_FS"), ("stm32f407", "OTG_HS"), ("stm32f411", "OTG_FS"), ("stm32f767", "OTG_FS")),
        *(("stm32f767", "OTG_HS"), ("stm32h743", "OTG1_HS"), ("stm32h743", "OTG2_HS"), ("stm32l476", "OTG_FS")),
    ],
)
def test_a_usb_core_comes_out_of_its_reset_and_becomes_what_it_is_forced_to_be(board: str, name: str) -> None:
    bench, core = block(board, name)
    assert word(core, 0x40) >> 16 == SYNOPSYS
    assert word(core, 0x10) >> 31, "GRSTCTL.AHBIDL"
    for reset in (1 << 0, 1 << 4, 1 << 5 | 16 << 6):
        put(core, 0x10, reset)
        assert word(core, 0x10) & 0x31
        bench.advance(1000)
        assert not word(core, 0x10) & 0x31 and word(core, 0x10) >> 31
    assert not word(core, 0x14) & 1
    put(core, 0x0C, 1 << 29)
    assert word(core, 0x14) & 1, "GUSBCFG.FHMOD makes GINTSTS.CMOD a host's"
    put(core, 0x0C, 1 << 30)
    assert not word(core, 0x14) & 1
    put(core, 0x804, 1 << 7)
    assert (word(core, 0x804), word(core, 0x14) >> 6 & 1) == (1 << 2, 1), "DCTL.SGINAK"
    put(core, 0x804, 1 << 8)
    assert (word(core, 0x804), word(core, 0x14) >> 6 & 1) == (0, 0), "DCTL.CGINAK"


@pytest.mark.parametrize(
    ("board", "name", "enabled", "short"),
    [
        *(("stm32f103xe", "SDIO", 1 << 10, 1 << 6), ("stm32f407", "SDIO", 1 << 10, 1 << 6)),
        *(("stm32f767", "SDMMC2", 1 << 10, 1 << 6), ("stm32l476", "SDMMC1", 1 << 10, 1 << 6)),
        *(("stm32l152", "SDIO", 1 << 10, 1 << 6), ("stm32h743", "SDMMC1", 1 << 12, 1 << 8)),
    ],
)
def test_without_a_card_commands_are_sent_and_answers_time_out(board: str, name: str, enabled: int, short: int) -> None:
    bench, host = block(board, name)
    put(host, 0x3C, 1 << 2)
    for _ in range(2):
        put(host, 0x0C, enabled)
        assert word(host, 0x34) == 0
        bench.advance(200_000)
        assert (word(host, 0x34), bench.lines["interrupt"]) == (1 << 7, False), "CMDSENT"
        put(host, 0x38, 1 << 7)
        put(host, 0x0C, enabled | short | 8)
        bench.advance(200_000)
        assert (word(host, 0x34), bench.lines["interrupt"]) == (1 << 2, True), "CTIMEOUT"
        put(host, 0x38, 0x5FF)
        assert (word(host, 0x34), bench.lines["interrupt"]) == (0, False)
    put(host, 0x0C, short)
    bench.advance(200_000)
    assert word(host, 0x34) == 0, "the state machine is not enabled"


@pytest.mark.parametrize(
    ("board", "on", "start", "status", "data"),
    [("stm32f103", 1, 1 | 5 << 20, 0x00, 0x4C), ("stm32f103xe", 1, 1 | 5 << 20, 0x00, 0x4C),
     ("stm32l152", 1, 1 | 1 << 30, 0x00, 0x58), ("stm32f407", 1, 1 | 1 << 30, 0x00, 0x4C)],
)  # fmt: skip
def test_a_conversion_ends_and_its_flag_goes_with_the_result(
    board: str, on: int, start: int, status: int, data: int
) -> None:
    bench, adc = block(board, "ADC1")
    put(adc, 0x08, on)
    put(adc, 0x04, 1 << 5)
    bench.advance(10_000)
    assert not word(adc, status) & 2
    put(adc, 0x08, start)
    bench.advance(10_000)
    assert word(adc, status) & 2 and bench.lines["interrupt"]
    assert word(adc, data) == 0
    assert not word(adc, status) & 2 and not bench.lines["interrupt"]
    put(adc, 0x08, start | 2)
    for _ in range(3):
        bench.advance(10_000)
        assert word(adc, status) & 2, "continuous conversion"
        word(adc, data)


def test_the_converter_of_a_kinetis_calibrates_and_converts() -> None:
    bench, adc = block("mk64f", "ADC0")
    bench.advance(10_000)
    assert word(adc, 0x00) == 0x1F, "no channel is selected"
    put(adc, 0x24, 1 << 7 | 1 << 6)
    bench.advance(10_000)
    assert word(adc, 0x24) == 0 and word(adc, 0x00) & 1 << 7
    put(adc, 0x00, 12 | 1 << 6)
    assert not word(adc, 0x00) & 1 << 7
    bench.advance(10_000)
    assert word(adc, 0x00) & 1 << 7 and bench.lines["interrupt"]
    assert (word(adc, 0x10), word(adc, 0x00) & 1 << 7, bench.lines["interrupt"]) == (0, 0, False)
    put(adc, 0x00, 0x1F)
    bench.advance(10_000)
    assert not word(adc, 0x00) & 1 << 7


def test_nobody_acknowledges_on_the_i2c_of_a_kinetis() -> None:
    bench, i2c = block("mk64f", "I2C0")
    i2c.write(2, 1, 0xF0)
    assert i2c.read(3, 1) == 0xA0, "TCF and BUSY"
    i2c.write(4, 1, 0x90)
    bench.advance(10_000)
    assert i2c.read(3, 1) == 0xA3 and bench.lines["interrupt"], "RXAK and IICIF"
    i2c.write(3, 1, 2)
    i2c.write(2, 1, 0xC0)
    assert i2c.read(3, 1) == 0x80 and not bench.lines["interrupt"]


def test_the_spi_of_a_kinetis_receives_as_it_sends() -> None:
    _, spi = block("mk64f", "SPI0")
    put(spi, 0x00, 1 << 31)
    assert word(spi, 0x2C) == 1 << 30 | 1 << 25
    put(spi, 0x34, 0x55)
    assert word(spi, 0x2C) == 1 << 31 | 1 << 30 | 1 << 25 | 1 << 17 | 1 << 4
    put(spi, 0x2C, 1 << 31)
    assert (word(spi, 0x38), word(spi, 0x2C)) == (0, 1 << 30 | 1 << 25)
