"""The watchdog: an interrupt, then a reset; its lock; the Stellaris variant."""

from __future__ import annotations

from support.devices import DeviceBench, put, word

from emulator.devices.cmsdk_watchdog import CmsdkWatchdog

LOAD, VALUE, CONTROL, INTCLR, RIS, MIS, LOCK, ITCR, ITOP = 0x00, 0x04, 0x08, 0x0C, 0x10, 0x14, 0xC00, 0xF00, 0xF04
INTEN, RESEN = 1, 2


def watchdog(variant: str = "cmsdk") -> tuple[DeviceBench, CmsdkWatchdog]:
    bench = DeviceBench()
    return bench, bench.make(CmsdkWatchdog, variant=variant)


def test_it_stands_still_after_reset() -> None:
    bench, device = watchdog()
    bench.advance(1000)
    assert [word(device, o) for o in (LOAD, VALUE, CONTROL, RIS, LOCK)] == [0xFFFF_FFFF, 0xFFFF_FFFF, 0, 0, 0]


def test_the_first_expiry_interrupts_and_the_second_resets() -> None:
    bench, device = watchdog()
    put(device, LOAD, 100)
    put(device, CONTROL, INTEN | RESEN)
    bench.advance(100)
    assert (bench.lines["interrupt"], bench.resets, word(device, RIS), word(device, MIS)) == (True, 0, 1, 1)
    bench.advance(100)
    assert bench.resets == 0
    bench.advance(1)
    assert bench.resets == 1


def test_clearing_the_interrupt_in_time_prevents_the_reset() -> None:
    bench, device = watchdog()
    put(device, LOAD, 100)
    put(device, CONTROL, INTEN | RESEN)
    for _ in range(10):
        bench.advance(150)
        put(device, INTCLR, 1)
        assert word(device, VALUE) == 100
    assert bench.resets == 0


def test_without_resen_the_second_expiry_only_stops_the_counter() -> None:
    bench, device = watchdog()
    put(device, LOAD, 100)
    put(device, CONTROL, INTEN)
    bench.advance(1000)
    assert bench.resets == 0
    assert bench.clock.next_time() == 1 << 63


def test_two_expiries_before_anyone_looks_reset() -> None:
    bench, device = watchdog()
    put(device, LOAD, 10)
    put(device, CONTROL, INTEN | RESEN)
    bench.advance(1000)
    assert bench.resets == 1


def test_taking_the_interrupt_enable_back_stops_the_counter() -> None:
    bench, device = watchdog()
    put(device, LOAD, 100)
    put(device, CONTROL, INTEN)
    bench.advance(40)
    put(device, CONTROL, 0)
    bench.advance(1000)
    assert (word(device, VALUE), bench.lines["interrupt"]) == (60, False)
    put(device, CONTROL, INTEN)
    assert word(device, VALUE) == 100


def test_a_locked_watchdog_takes_its_key_only() -> None:
    _, device = watchdog()
    put(device, LOCK, 0)
    put(device, LOAD, 5)
    assert (word(device, LOCK), word(device, LOAD)) == (1, 0xFFFF_FFFF)
    put(device, LOCK, 0x1ACC_E551)
    put(device, LOAD, 5)
    assert (word(device, LOCK), word(device, LOAD)) == (0, 5)


def test_the_integration_test_mode_drives_both_outputs() -> None:
    bench, device = watchdog()
    put(device, ITCR, 1)
    put(device, ITOP, 2)
    assert (bench.lines["interrupt"], bench.resets) == (True, 0)
    put(device, ITOP, 1)
    assert (bench.lines["interrupt"], bench.resets) == (False, 1)


def test_a_reset_stops_it() -> None:
    bench, device = watchdog()
    put(device, LOAD, 100)
    put(device, CONTROL, INTEN | RESEN)
    bench.advance(150)
    device.reset()
    bench.advance(10_000)
    assert (bench.lines["interrupt"], bench.resets, word(device, LOAD)) == (False, 0, 0xFFFF_FFFF)


def test_on_stellaris_only_a_reset_takes_the_interrupt_enable_back() -> None:
    bench, device = watchdog("stellaris")
    put(device, LOAD, 100)
    put(device, CONTROL, INTEN)
    put(device, CONTROL, 0)
    assert word(device, CONTROL) == INTEN
    bench.advance(100)
    assert bench.lines["interrupt"]


def test_on_stellaris_there_is_no_integration_test() -> None:
    bench, device = watchdog("stellaris")
    put(device, ITCR, 1)
    put(device, ITOP, 3)
    assert (word(device, ITCR), bench.resets) == (0, 0)
    assert [word(device, o) for o in range(0xFE0, 0xFF0, 4)] == [0x05, 0x18, 0x18, 0x01]
