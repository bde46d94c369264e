"""GPIO ports: data through masks, directions, level and edge interrupts."""

from __future__ import annotations

import pytest
from support.devices import DeviceBench, put, word

from emulator.devices.cmsdk_gpio import CmsdkGpio
from emulator.devices.pl061 import Pl061

# -- CMSDK ---------------------------------------------------------------------------------------------------------

DATA, DATAOUT, OUTENSET, OUTENCLR, INTENSET, INTENCLR = 0x00, 0x04, 0x10, 0x14, 0x20, 0x24
INTTYPESET, INTTYPECLR, INTPOLSET, INTPOLCLR, INTSTATUS = 0x28, 0x2C, 0x30, 0x34, 0x38


def cmsdk() -> tuple[DeviceBench, CmsdkGpio]:
    bench = DeviceBench()
    return bench, bench.make(CmsdkGpio)


def test_output_pins_read_what_they_drive_and_input_pins_what_is_outside() -> None:
    _, port = cmsdk()
    put(port, DATAOUT, 0xAAAA)
    put(port, OUTENSET, 0x00FF)
    port.set_pins(0x5555)
    assert word(port, DATA) == 0x55AA
    assert word(port, DATAOUT) == 0xAAAA


@pytest.mark.parametrize("offset", [OUTENSET, 0x18, INTENSET, INTTYPESET, INTPOLSET])
def test_set_and_clear_registers_change_the_same_bits(offset: int) -> None:
    _, port = cmsdk()
    put(port, offset, 0xF0F0)
    put(port, offset, 0x000F)
    put(port, offset + 4, 0x00F0)
    assert word(port, offset) == word(port, offset + 4) == 0xF00F


def test_masked_access_reaches_the_pins_of_its_address() -> None:
    _, port = cmsdk()
    put(port, OUTENSET, 0xFFFF)
    put(port, DATAOUT, 0xFFFF)
    put(port, 0x400 + 4 * 0x0F, 0x0005)
    assert word(port, DATAOUT) == 0xFFF5
    put(port, 0x800 + 4 * 0xF0, 0x1200)
    assert word(port, DATAOUT) == 0x1FF5
    assert word(port, 0x800 + 4 * 0xFF) == 0x1F00
    assert word(port, 0x400 + 4 * 0xF0) == 0x00F0


@pytest.mark.parametrize(
    ("edge", "high", "levels", "raised"),
    [
        (1, 1, (0, 1), True),
        (1, 1, (1, 0), False),
        (1, 0, (1, 0), True),
        (1, 0, (0, 1), False),
        (0, 1, (0, 1), True),
        (0, 1, (1, 0), False),
        (0, 0, (1, 0), True),
        (0, 0, (0, 1), False),
    ],
)
def test_a_pin_interrupts_on_the_edge_or_level_it_is_set_to(
    edge: int, high: int, levels: tuple[int, int], raised: bool
) -> None:
    bench, port = cmsdk()
    port.set_pins(levels[0] << 3)
    put(port, INTTYPESET if edge else INTTYPECLR, 8)
    put(port, INTPOLSET if high else INTPOLCLR, 8)
    port.set_pins(levels[1] << 3)
    if edge:
        put(port, INTENSET, 8)
        port.set_pins(levels[0] << 3)
        put(port, INTSTATUS, 8)
        port.set_pins(levels[1] << 3)
    else:
        put(port, INTENSET, 8)
    assert (bench.lines["pin3"], bench.lines["combined"]) == (raised, raised)
    assert word(port, INTSTATUS) == (8 if raised else 0)


def test_an_edge_stays_until_it_is_cleared_and_a_level_comes_back() -> None:
    bench, port = cmsdk()
    put(port, INTENSET, 1)
    put(port, INTTYPESET, 1)
    put(port, INTPOLSET, 1)
    port.set_pins(1)
    port.set_pins(0)
    assert bench.lines["pin0"]
    put(port, INTSTATUS, 1)
    assert not bench.lines["pin0"]
    put(port, INTTYPECLR, 1)
    port.set_pins(1)
    put(port, INTSTATUS, 1)
    assert bench.lines["pin0"]


def test_a_program_can_interrupt_itself_with_an_output_pin() -> None:
    bench, port = cmsdk()
    put(port, OUTENSET, 2)
    put(port, INTTYPESET, 2)
    put(port, INTPOLSET, 2)
    put(port, INTENSET, 2)
    put(port, DATAOUT, 2)
    assert bench.lines["pin1"]


def test_disabling_leaves_what_was_latched() -> None:
    bench, port = cmsdk()
    put(port, INTENSET, 1)
    assert bench.lines["pin0"]  # level sensitive, low, and the pin is low
    put(port, INTENCLR, 1)
    put(port, INTSTATUS, 1)
    assert not bench.lines["pin0"]


# -- PL061 ---------------------------------------------------------------------------------------------------------

DIR, IS, IBE, IEV, IM, RIS, MIS, ICR, AFSEL, LOCK, CR = (
    *(0x400, 0x404, 0x408, 0x40C, 0x410, 0x414, 0x418, 0x41C, 0x420, 0x520, 0x524),
)


def pl061(variant: str = "stellaris") -> tuple[DeviceBench, Pl061]:
    bench = DeviceBench()
    return bench, bench.make(Pl061, variant=variant)


def test_data_bits_are_chosen_by_the_address_and_the_direction() -> None:
    _, port = pl061()
    put(port, DIR, 0x0F)
    put(port, 0x3FC, 0xFF)
    assert word(port, 0x3FC) == 0x0F
    put(port, 4 * 0x05, 0x00)
    assert word(port, 0x3FC) == 0x0A
    assert word(port, 4 * 0x02) == 0x02
    port.set_pins(0xFF)
    assert word(port, 0x3FC) == 0xFA


@pytest.mark.parametrize(("both", "rising", "edges"), [(0, 1, 1), (0, 0, 1), (1, 0, 2)])
def test_edges_are_told_apart(both: int, rising: int, edges: int) -> None:
    bench, port = pl061()
    put(port, IBE, 4 * both)
    put(port, IEV, 4 * rising)
    put(port, IM, 4)
    seen = []
    for level in (4, 0):
        port.set_pins(level)
        if bench.lines["interrupt"]:
            seen.append(level)
            put(port, ICR, 4)
    assert len(seen) == edges
    if not both:
        assert seen == [4 if rising else 0]


def test_a_level_interrupt_returns_while_the_level_lasts() -> None:
    bench, port = pl061()
    put(port, IS, 1)
    put(port, IEV, 1)
    port.set_pins(1)
    assert (word(port, RIS), bench.lines["interrupt"]) == (1, False)
    put(port, IM, 1)
    put(port, ICR, 1)
    assert bench.lines["interrupt"]
    port.set_pins(0)
    put(port, ICR, 1)
    assert (bench.lines["interrupt"], word(port, MIS)) == (False, 0)


def test_the_commit_register_opens_with_the_key() -> None:
    _, port = pl061()
    assert (word(port, LOCK), word(port, CR)) == (1, 0xFF)
    put(port, CR, 0x0F)
    assert word(port, CR) == 0xFF
    put(port, LOCK, 0x1ACC_E551)
    put(port, CR, 0x0F)
    put(port, AFSEL, 0xFF)
    assert (word(port, LOCK), word(port, CR), word(port, AFSEL)) == (0, 0x0F, 0x0F)


def test_the_pad_registers_are_the_stellaris_variants() -> None:
    _, port = pl061()
    assert word(port, 0x500) == 0xFF
    put(port, 0x51C, 0x1FF)
    assert word(port, 0x51C) == 0xFF
    _, plain = pl061("arm")
    put(plain, 0x51C, 0xFF)
    assert (word(plain, 0x500), word(plain, 0x51C), word(plain, 0xFE4)) == (0, 0, 0x10)
