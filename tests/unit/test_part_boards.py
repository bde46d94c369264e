"""What drivers wait for on the boards of parts, typed from the parts' manuals: as with nothing connected."""

from __future__ import annotations

import pytest
from support.devices import DeviceBench, put, word

from emulator.board.board_file import load_board
from emulator.devices.peripheral import Peripheral


def device(board: str, name: str) -> tuple[DeviceBench, Peripheral]:
    bench = DeviceBench(1_000_000)
    placed = next(each for each in bench.make_board(load_board(board)).placed if each.name == name)
    return bench, placed.late.device()


@pytest.mark.parametrize(("board", "name"), [("stm32f103", "I2C2"), ("stm32f407", "I2C1"), ("stm32f429", "I2C3")])
def test_an_address_on_the_bus_of_an_older_stm32_is_not_acknowledged(board: str, name: str) -> None:
    cr1, dr, sr1, sr2 = 0x00, 0x10, 0x14, 0x18
    bench, i2c = device(board, name)
    put(i2c, cr1, 0x101)
    assert (word(i2c, sr1), word(i2c, sr2) & 3) == (0x0001, 3)
    put(i2c, dr, 0)
    assert word(i2c, sr1) == 0x0400
    put(i2c, cr1, 0x201)
    put(i2c, sr1, ~0x0400 & 0xFFFF)
    bench.advance(2)
    assert (word(i2c, cr1), word(i2c, sr1), word(i2c, sr2) & 3) == (1, 0, 0)


def test_an_address_on_the_bus_of_a_newer_stm32_is_not_acknowledged() -> None:
    cr1, cr2, isr, icr = 0x00, 0x04, 0x18, 0x1C
    bench, i2c = device("stm32l476", "I2C2")
    put(i2c, cr1, 0x31)
    put(i2c, cr2, 0x0200_2090)
    bench.advance(2)
    assert (word(i2c, cr2) & 0x2000, word(i2c, isr), bench.irqs[33]) == (0, 0x31, True)
    put(i2c, icr, 0x30)
    assert (word(i2c, isr), bench.irqs[33]) == (0x01, False)


@pytest.mark.parametrize(
    ("board", "name", "enable", "data", "status", "mask"),
    [
        ("stm32f103", "SPI2", (0x00, 0x44), 0x0C, 0x08, 1),
        ("stm32l476", "SPI3", (0x00, 0x44), 0x0C, 0x08, 1),
        ("lpc1768", "SPI", (0x00, 0x20), 0x08, 0x04, 0x80),
    ],
)
def test_what_spi_sends_brings_something_back_once(
    board: str, name: str, enable: tuple[int, int], data: int, status: int, mask: int
) -> None:
    _, spi = device(board, name)
    put(spi, *enable)
    for sent in (0, 0xFF):
        assert word(spi, status) & mask == 0
        put(spi, data, sent)
        assert word(spi, status) & mask == mask
        assert word(spi, data) == 0


def test_a_conversion_of_an_stm32f4_ends_and_its_flag_goes_with_the_result() -> None:
    sr, cr1, cr2, dr = 0x00, 0x04, 0x08, 0x4C
    bench, adc = device("stm32f407", "ADC2")
    put(adc, cr1, 0x20)
    put(adc, cr2, 0x4000_0001)
    assert word(adc, sr) == 0x10
    bench.advance(2)
    assert (word(adc, sr), word(adc, cr2), bench.irqs[18]) == (0x12, 1, True)
    assert (word(adc, dr), word(adc, sr), bench.irqs[18]) == (0, 0x10, False)


def test_the_adc_of_an_stm32l4_is_calibrated_enabled_and_converts() -> None:
    isr, cr, dr = 0x00, 0x08, 0x40
    bench, adc = device("stm32l476", "ADC1")
    put(adc, cr, 0x9000_0000)
    assert word(adc, cr) == 0x9000_0000
    bench.advance(2)
    assert word(adc, cr) == 0x1000_0000
    put(adc, cr, 0x1000_0001)
    bench.advance(2)
    assert word(adc, isr) == 0x01
    put(adc, cr, 0x1000_0004)
    bench.advance(2)
    assert (word(adc, cr), word(adc, isr)) == (0x1000_0005, 0x0D)
    bench.advance(1)
    assert (word(adc, cr), word(adc, dr), word(adc, isr)) == (0x1000_0001, 0, 0x09)


def test_random_numbers_of_an_nrf52_come_by_interrupt_while_it_runs() -> None:
    start, stop, ready, intenset, value = 0x00, 0x04, 0x100, 0x304, 0x508
    bench, rng = device("nrf52840", "RNG")
    put(rng, intenset, 1)
    put(rng, start, 1)
    seen = []
    for _ in range(3):
        assert not bench.irqs.get(13)
        bench.advance(30)
        assert (word(rng, ready), bench.irqs[13]) == (1, True)
        seen.append(word(rng, value))
        put(rng, ready, 0)
    assert len(set(seen)) > 1 and max(seen) < 256
    put(rng, stop, 1)
    put(rng, ready, 0)
    bench.advance(30)
    put(rng, ready, 0)
    bench.advance(100)
    assert word(rng, ready) == 0


def test_the_empty_transmitter_of_an_lpc1768_interrupts_once() -> None:
    thr, ier, iir = 0x00, 0x04, 0x08
    bench, uart = device("lpc1768", "UART0")
    put(uart, ier, 2)
    assert bench.irqs[5] is True
    assert (word(uart, iir) & 0xF, bench.irqs[5], word(uart, iir) & 0xF) == (0x2, False, 0x1)
    put(uart, thr, 0x41)
    assert bench.irqs[5] is False
    bench.advance(40)
    assert bench.irqs[5] is True
    put(uart, ier, 0)
    assert (bench.irqs[5], word(uart, iir) & 0xF) == (False, 0x1)


def test_usb_clock_twi_and_rtc_answer_those_who_wait() -> None:
    _, usb = device("sam3x8e", "UOTGHS")
    put(usb, 0x800, 0x8000)
    assert [word(usb, 0x804) >> 14 & 1 for _ in range(3)] == [0, 0, 1]
    _, twi = device("sam3x8e", "TWI1")
    put(twi, 0x34, 0)
    assert [word(twi, 0x20) & 0x105 for _ in range(2)] == [0x105, 0x005]
    bench, rtc = device("mk64f", "RTC")
    put(rtc, 0x10, 0x100)
    put(rtc, 0x08 - 0x08, 1)
    put(rtc, 0x14, 0x10)
    assert (word(rtc, 0x14), word(rtc, 0x04)) == (0x10, 0)
    bench.advance(125_000)
    assert word(rtc, 0x04) == 0x1000


def test_a_sercom_is_a_usart_a_spi_or_an_i2c_as_its_mode_says() -> None:
    ctrla, ctrlb, intenset, intflag, status, addr, data = 0x00, 0x04, 0x16, 0x18, 0x1A, 0x24, 0x28

    def flags() -> int:
        return sercom.read(intflag, 1)

    bench, sercom = device("samd51", "SERCOM4")
    put(sercom, ctrla, 3 << 2 | 2)  # a SPI
    assert flags() == 1
    put(sercom, data, 0x55)
    assert flags() == 7
    assert (word(sercom, data), flags()) == (0, 3)
    sercom.write(intflag, 1, 0xFF)
    assert flags() == 1, "it is ready again"
    put(sercom, ctrla, 0)
    assert flags() == 0
    put(sercom, ctrla, 5 << 2 | 2)  # an I2C
    assert flags() == 0
    sercom.write(intenset, 1, 1)
    put(sercom, addr, 0x90)
    bench.advance(2)
    assert (flags(), sercom.read(status, 2) & 4, bench.irqs[62]) == (1, 4, True)
    put(sercom, ctrlb, 3 << 16)
    assert (flags(), bench.irqs[62]) == (0, False)
    put(sercom, ctrla, 0)
    put(sercom, ctrla, 1 << 2 | 2)  # a USART
    assert (flags(), bench.irqs[62], bench.irqs.get(63, False)) == (1, True, False)
    sercom.write(intenset, 1, 2)
    put(sercom, data, ord("x"))
    assert (bench.sent[-1], flags(), bench.irqs[63]) == (("sercom4", b"x"), 3, True)


def test_a_program_of_the_nrf52_raises_its_own_interrupt() -> None:
    bench, egu = device("nrf52832", "EGU3")
    put(egu, 0x304, 1 << 5)
    put(egu, 0x00 + 4 * 4, 1)
    assert (word(egu, 0x110), bench.irqs.get(23, False)) == (1, False)
    put(egu, 0x00 + 4 * 5, 1)
    assert (word(egu, 0x114), bench.irqs[23]) == (1, True)
    put(egu, 0x114, 0)
    assert not bench.irqs[23]


@pytest.mark.parametrize("board", ["stm32f429", "stm32f767", "stm32h743"])
def test_a_transfer_of_pixels_is_over_and_says_so(board: str) -> None:
    cr, isr, ifcr = 0x00, 0x04, 0x08
    bench, dma2d = device(board, "DMA2D")
    put(dma2d, cr, 1 << 9 | 1)
    assert (word(dma2d, cr) & 1, word(dma2d, isr)) == (1, 0)
    bench.advance(10)
    assert (word(dma2d, cr) & 1, word(dma2d, isr), bench.irqs[90]) == (0, 2, True)
    put(dma2d, ifcr, 2)
    assert (word(dma2d, isr), bench.irqs[90]) == (0, False)


@pytest.mark.parametrize(
    ("board", "name", "status", "control", "data", "irq"),
    [
        ("stm32f103", "USART2", 0x00, 0x0C, 0x04, 38),
        ("stm32f407", "USART2", 0x00, 0x0C, 0x04, 38),
        ("stm32l476", "USART2", 0x1C, 0x00, 0x28, 38),
        ("stm32f767", "USART3", 0x1C, 0x00, 0x28, 39),
        ("stm32h743", "USART3", 0x1C, 0x00, 0x28, 39),
    ],
)
def test_transmission_is_complete_after_the_data_register_was_empty(
    board: str, name: str, status: int, control: int, data: int, irq: int
) -> None:
    bench, usart = device(board, name)
    assert word(usart, status) & 0xC0 == 0xC0
    put(usart, data, ord("a"))
    put(usart, control, 1 << 6)
    assert (word(usart, status) & 0xC0, bench.irqs.get(irq, False)) == (0x80, False)
    bench.advance(200)
    put(usart, data, ord("b"))
    bench.advance(319)
    assert (word(usart, status) & 0xC0, bench.irqs.get(irq, False)) == (0x80, False)
    bench.advance(1)
    assert (word(usart, status) & 0xC0, bench.irqs[irq]) == (0xC0, True)
