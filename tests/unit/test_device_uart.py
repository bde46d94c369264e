"""The UARTs: what is sent and when, what arrives and when, flags, interrupts, identification."""

from __future__ import annotations

import pytest
from support.devices import DeviceBench, put, word

from emulator.devices.cmsdk_uart import CmsdkUart
from emulator.devices.pl011 import Pl011

DATA, STATE, CTRL, INTSTATUS, BAUDDIV = 0x00, 0x04, 0x08, 0x0C, 0x10
DR, FR, IBRD, FBRD, LCR_H, IMSC, RIS, MIS, ICR = 0x00, 0x18, 0x24, 0x28, 0x2C, 0x38, 0x3C, 0x40, 0x44


def cmsdk() -> tuple[DeviceBench, CmsdkUart]:
    bench = DeviceBench()
    return bench, bench.make(CmsdkUart, console="uart0")


def pl011(**parameters: str) -> tuple[DeviceBench, Pl011]:
    bench = DeviceBench()
    return bench, bench.make(Pl011, console="uart0", **parameters)


# -- CMSDK ---------------------------------------------------------------------------------------------------------


def test_a_byte_is_sent_when_it_is_written() -> None:
    bench, uart = cmsdk()
    put(uart, CTRL, 1)
    put(uart, DATA, 0x141)
    assert bench.sent == [("uart0", b"A")]
    assert word(uart, STATE) == 0


def test_a_narrow_store_sends_its_byte() -> None:
    bench, uart = cmsdk()
    put(uart, CTRL, 1)
    assert uart.write(DATA, 1, 0x42)
    assert bench.sent == [("uart0", b"B")]


def test_a_byte_waits_until_the_transmitter_is_enabled() -> None:
    bench, uart = cmsdk()
    put(uart, DATA, 0x41)
    assert (word(uart, STATE), bench.sent) == (1, [])
    put(uart, CTRL, 1)
    assert (word(uart, STATE), bench.sent) == (0, [("uart0", b"A")])


def test_a_second_byte_overruns_the_one_that_waits() -> None:
    bench, uart = cmsdk()
    put(uart, CTRL, 0x10)  # the transmit overrun interrupt, and no transmitter
    put(uart, DATA, 0x41)
    put(uart, DATA, 0x42)
    assert word(uart, STATE) == 0b101
    assert word(uart, INTSTATUS) == 0b100
    assert (bench.lines["tx-overrun"], bench.lines["combined"], bench.lines["tx"]) == (True, True, False)
    put(uart, INTSTATUS, 0b100)
    assert (word(uart, STATE), word(uart, INTSTATUS), bench.lines["tx-overrun"]) == (1, 0, False)


def test_sending_raises_the_transmit_interrupt_where_it_is_enabled() -> None:
    bench, uart = cmsdk()
    put(uart, CTRL, 1)
    put(uart, DATA, 0x41)
    assert not bench.lines["tx"]
    put(uart, CTRL, 5)
    put(uart, DATA, 0x42)
    assert bench.lines["tx"] and word(uart, INTSTATUS) == 1
    put(uart, INTSTATUS, 1)
    assert not bench.lines["tx"]


def test_the_first_byte_arrives_one_character_time_after_the_receiver_is_enabled() -> None:
    bench, uart = cmsdk()
    bench.input = [0x61]
    put(uart, BAUDDIV, 100)
    bench.advance(5000)
    put(uart, CTRL, 2)
    bench.advance(999)
    assert word(uart, STATE) == 0
    bench.advance(1)
    assert word(uart, STATE) == 2
    assert word(uart, DATA) == 0x61
    assert word(uart, STATE) == 0


def test_the_next_byte_arrives_one_character_time_after_the_one_before_was_read() -> None:
    bench, uart = cmsdk()
    bench.input = [0x61, 0x62]
    put(uart, BAUDDIV, 100)
    put(uart, CTRL, 2)
    bench.advance(100_000)
    assert word(uart, DATA) == 0x61
    bench.advance(999)
    assert word(uart, STATE) == 0
    bench.advance(1)
    assert (word(uart, STATE), word(uart, DATA)) == (2, 0x62)


def test_input_never_overruns_a_program_that_does_not_read() -> None:
    bench, uart = cmsdk()
    bench.input = [0x61, 0x62]
    put(uart, CTRL, 2)
    for _ in range(10):
        bench.advance(100_000)
    assert word(uart, STATE) == 2
    assert bench.input == [0x62]


def test_a_byte_raises_the_receive_interrupt_and_reading_leaves_it_to_be_cleared() -> None:
    bench, uart = cmsdk()
    bench.input = [0x61]
    put(uart, CTRL, 0x0A)
    bench.advance(10_000)
    assert bench.lines["rx"] and word(uart, INTSTATUS) == 2
    word(uart, DATA)
    assert bench.lines["rx"]
    put(uart, INTSTATUS, 2)
    assert not bench.lines["rx"]


def test_a_byte_that_came_before_its_interrupt_was_enabled_raises_it_then_and_the_next_comes_after_the_read() -> None:
    bench, uart = cmsdk()
    bench.input = [0x61, 0x62]
    put(uart, CTRL, 3)
    bench.advance(10_000)
    assert (word(uart, INTSTATUS), bench.lines["rx"]) == (0, False)
    put(uart, CTRL, 0x0B)
    assert (word(uart, INTSTATUS), bench.lines["rx"], bench.lines["combined"]) == (2, True, True)
    put(uart, INTSTATUS, 2)
    put(uart, CTRL, 0x0B)  # it was enabled before
    bench.advance(10_000)
    assert (bench.lines["rx"], bench.input) == (False, [0x62])
    assert word(uart, DATA) == 0x61
    bench.advance(10_000)
    assert (bench.lines["rx"], word(uart, DATA)) == (True, 0x62)


def test_enabling_the_interrupt_without_a_byte_raises_nothing() -> None:
    bench, uart = cmsdk()
    put(uart, CTRL, 0x0B)
    assert (word(uart, INTSTATUS), bench.lines["rx"]) == (0, False)


def test_who_wants_a_byte_asks_for_it() -> None:
    for uart_kind, ways in (
        (CmsdkUart, [lambda u: word(u, STATE), lambda u: word(u, DATA), lambda u: put(u, CTRL, 0x0A)]),
        (Pl011, [lambda u: word(u, FR), lambda u: word(u, DR), lambda u: put(u, IMSC, 0x10)]),
    ):
        for ask in ways:
            bench = DeviceBench()
            uart = bench.make(uart_kind, console="uart0")
            put(uart, CTRL if uart_kind is CmsdkUart else LCR_H, 2)
            assert not bench.wanted
            bench.advance(10_000)  # nobody has typed
            bench.input = [0x61]
            bench.advance(10_000)
            assert (bench.input, bench.wanted) == ([0x61], [])
            ask(uart)
            assert bench.wanted == ["uart0"]
            bench.advance(10_000)
            assert bench.input == []


def test_a_channel_that_says_it_has_more_is_asked_one_character_time_later() -> None:
    for kind in (CmsdkUart, Pl011):
        bench = DeviceBench()
        uart = bench.make(kind, console="uart0")
        put(uart, CTRL if kind is CmsdkUart else IMSC, 0x0A if kind is CmsdkUart else 0x10)
        bench.advance(10_000)
        bench.input = [0x61]
        uart.input_ready()
        bench.advance(159)
        assert not any(bench.lines.values())
        bench.advance(1)
        assert any(bench.lines.values())


def test_a_channel_at_its_end_is_asked_again_only_when_the_program_looks() -> None:
    bench, uart = cmsdk()
    put(uart, CTRL, 2)
    bench.advance(10_000)
    bench.advance(10_000_000)
    assert bench.asked == ["uart0"]
    bench.input = [0x61]
    assert word(uart, STATE) == 2
    assert word(uart, DATA) == 0x61


def test_a_uart_without_a_console_sends_to_nobody_and_asks_nobody() -> None:
    bench = DeviceBench()
    uart = bench.make(CmsdkUart)
    put(uart, CTRL, 3)
    put(uart, DATA, 0x41)
    bench.advance(10_000)
    assert (bench.sent, bench.asked, word(uart, STATE)) == ([], [], 0)


def test_a_reset_keeps_the_input_that_was_not_read() -> None:
    bench, uart = cmsdk()
    bench.input = [0x61]
    put(uart, CTRL, 2)
    bench.advance(10_000)
    uart.reset()
    assert (word(uart, STATE), word(uart, CTRL)) == (0, 0)
    bench.advance(100_000)
    assert word(uart, STATE) == 0
    put(uart, CTRL, 2)
    bench.advance(10_000)
    assert word(uart, DATA) == 0x61


def test_after_power_up_the_input_begins_anew() -> None:
    bench, uart = cmsdk()
    bench.input = [0x61]
    put(uart, CTRL, 2)
    bench.advance(10_000)
    uart.power_up()
    bench.input = [0x62]
    put(uart, CTRL, 2)
    bench.advance(10_000)
    assert word(uart, DATA) == 0x62
    bench.advance(10_000)  # the end of the input
    uart.power_up()
    bench.input = [0x63]
    put(uart, CTRL, 0x0A)
    bench.advance(10_000)
    assert bench.lines["rx"]


@pytest.mark.parametrize(("written", "read"), [(0xFFFF_FFFF, 0xF_FFFF), (16, 16), (0, 0)])
def test_bauddiv_has_20_bits(written: int, read: int) -> None:
    _, uart = cmsdk()
    put(uart, BAUDDIV, written)
    assert word(uart, BAUDDIV) == read


def test_the_cmsdk_identification_registers() -> None:
    _, uart = cmsdk()
    expected = [0x04, 0, 0, 0, 0x21, 0xB8, 0x1B, 0, 0x0D, 0xF0, 0x05, 0xB1]
    assert [word(uart, offset) for offset in range(0xFD0, 0x1000, 4)] == expected


def test_other_offsets_read_as_zero_and_ignore_writes() -> None:
    _, uart = cmsdk()
    put(uart, 0x14, 0xFFFF_FFFF)
    assert (word(uart, 0x14), uart.read(1, 1), uart.read(2, 2)) == (0, 0, 0)


def test_a_uart_goes_on_from_a_snapshot_with_the_byte_that_was_on_its_way() -> None:
    bench, uart = cmsdk()
    bench.input = [0x61, 0x62]
    put(uart, BAUDDIV, 100)
    put(uart, CTRL, 0x0B)
    bench.advance(400)
    state = uart.save()
    other = DeviceBench()
    other.input = [0x61, 0x62]
    other.advance(400)
    copy = other.make(CmsdkUart, console="uart0")
    copy.restore(state)
    other.advance(599)
    assert word(copy, STATE) == 0
    other.advance(1)
    assert (word(copy, STATE), word(copy, DATA), other.lines["rx"]) == (2, 0x61, True)


# -- PL011 ---------------------------------------------------------------------------------------------------------


def test_pl011_reset_values() -> None:
    _, uart = pl011()
    offsets = (FR, 0x30, 0x34, IMSC, RIS, LCR_H)
    assert [word(uart, offset) for offset in offsets] == [0x90, 0x300, 0x12, 0, 0, 0]


def test_pl011_sends_whatever_its_enable_bits_say() -> None:
    bench, uart = pl011()
    put(uart, 0x30, 0)
    put(uart, DR, 0x41)
    assert bench.sent == [("uart0", b"A")]
    assert word(uart, RIS) == 0x20
    assert not bench.lines["interrupt"]
    put(uart, IMSC, 0x20)
    assert bench.lines["interrupt"] and word(uart, MIS) == 0x20
    put(uart, ICR, 0x20)
    assert not bench.lines["interrupt"]


def test_pl011_receives_from_its_first_use() -> None:
    bench, uart = pl011()
    bench.input = [0x61]
    bench.advance(1_000_000)
    assert bench.asked == []
    word(uart, FR)
    bench.advance(159)  # 10 bits of 16 clocks while no rate is set
    assert word(uart, FR) == 0x90
    bench.advance(1)
    assert word(uart, FR) == 0xC0  # without the FIFO one byte fills it
    assert word(uart, RIS) == 0x10
    assert word(uart, DR) == 0x61
    assert (word(uart, FR), word(uart, RIS)) == (0x90, 0)


def test_pl011_takes_the_bit_time_from_its_divisors() -> None:
    bench, uart = pl011()
    bench.input = [0x61, 0x62]
    word(uart, FR)
    bench.advance(1000)
    put(uart, IBRD, 10)
    put(uart, FBRD, 32)
    assert word(uart, DR) == 0x61
    bench.advance(1679)  # 10 bits of 16 * (10 + 32 / 64) clocks
    assert word(uart, FR) == 0x90
    bench.advance(1)
    assert word(uart, FR) == 0xC0


def test_pl011_with_its_fifo_is_not_full_with_one_byte() -> None:
    bench, uart = pl011()
    bench.input = [0x61]
    put(uart, LCR_H, 0x70)
    bench.advance(10_000)
    assert word(uart, FR) == 0x80


def test_switching_the_fifo_on_loses_no_input() -> None:
    bench, uart = pl011()
    bench.input = [0x61]
    word(uart, FR)
    bench.advance(10_000)
    put(uart, LCR_H, 0x10)
    assert word(uart, FR) == 0x90
    bench.advance(10_000)
    assert word(uart, DR) == 0x61


def test_pl011_receive_interrupt_follows_the_data() -> None:
    bench, uart = pl011()
    bench.input = [0x61]
    put(uart, IMSC, 0x10)
    bench.advance(10_000)
    assert bench.lines["interrupt"]
    word(uart, DR)
    assert not bench.lines["interrupt"]


def test_pl011_raises_the_interrupt_for_a_byte_whose_mark_was_cleared_before_it_was_enabled() -> None:
    bench, uart = pl011()
    bench.input = [0x61, 0x62]
    word(uart, FR)
    bench.advance(10_000)
    put(uart, ICR, 0x7FF)  # as drivers do before they enable interrupts
    assert word(uart, RIS) == 0
    put(uart, IMSC, 0x10)
    assert bench.lines["interrupt"]
    put(uart, ICR, 0x10)
    put(uart, IMSC, 0x10)
    assert not bench.lines["interrupt"]
    assert word(uart, DR) == 0x61
    bench.advance(10_000)
    assert bench.lines["interrupt"] and word(uart, DR) == 0x62


def test_pl011_answers_a_byte_inside_a_register_like_the_register() -> None:
    bench, uart = pl011()
    assert uart.read(FR + 1, 1) == 0x90
    uart.write(DR + 2, 1, 0x41)
    assert bench.sent == [("uart0", b"A")]


@pytest.mark.parametrize(("variant", "first"), [("arm", [0x11, 0x10, 0x14, 0]), ("stellaris", [0x11, 0, 0x18, 1])])
def test_the_variants_of_pl011_differ_in_their_identification(variant: str, first: list[int]) -> None:
    _, uart = pl011(variant=variant)
    assert [word(uart, offset) for offset in range(0xFE0, 0x1000, 4)] == [*first, 0x0D, 0xF0, 0x05, 0xB1]
