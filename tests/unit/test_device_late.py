"""Devices that are made when they are first accessed: nobody can tell that they were not there before."""

from __future__ import annotations

import pytest
from support.devices import DeviceBench

from emulator.board.board_file import load_board
from emulator.devices.catalog import DEVICE_TYPES, WATCH_TIME, LateDevice
from emulator.devices.clock import NEVER
from emulator.devices.peripheral import Peripheral

LATER = 123_456_789


@pytest.mark.parametrize("name", sorted(DEVICE_TYPES))
def test_a_device_that_is_made_later_is_as_one_that_was_there_before(name: str) -> None:
    early, late = DeviceBench(), DeviceBench()
    before = early.make(DEVICE_TYPES[name])
    early.advance(LATER)
    late.advance(LATER)
    states = before.save(), late.make(DEVICE_TYPES[name]).save()
    assert (states[0] == states[1]) == (name not in WATCH_TIME)


@pytest.mark.parametrize("name", sorted(set(DEVICE_TYPES) - WATCH_TIME))
@pytest.mark.parametrize("reset", [Peripheral.reset, Peripheral.power_up])
def test_resets_change_nothing_in_a_device_that_was_just_made(name: str, reset) -> None:
    bench = DeviceBench()
    device = bench.make(DEVICE_TYPES[name])
    state = device.save()
    bench.advance(LATER)
    getattr(device, reset.__name__)()
    assert device.save() == state


@pytest.mark.parametrize("name", sorted(DEVICE_TYPES))
def test_a_device_is_quiet_until_the_program_uses_it(name: str) -> None:
    bench = DeviceBench()
    device = bench.make(DEVICE_TYPES[name], **({"console": "uart0"} if name in ("pl011", "cmsdk-uart") else {}))
    bench.input = [1, 2, 3]
    device.power_up()
    assert bench.clock.next_time() >= NEVER
    bench.advance(LATER)
    assert (bench.sent, bench.asked, bench.resets, bench.nmi) == ([], [], 0, False)
    assert not any(bench.lines.values())


@pytest.mark.parametrize("name", sorted(DEVICE_TYPES))
def test_types_have_the_size_that_boards_of_the_package_take_them_to_have(name: str) -> None:
    assert DEVICE_TYPES[name].size == Peripheral.size


@pytest.mark.parametrize("access", ["read", "write"])
def test_the_first_access_makes_the_device(access: str) -> None:
    bench = DeviceBench()
    made = []

    def make() -> Peripheral:
        made.append(bench.make(DEVICE_TYPES["cmsdk-timer"]))
        return made[-1]

    late = LateDevice(0x1000, make)
    late.reset()
    assert made == [] and late.made is None
    for _ in range(2):
        if access == "read":
            assert late.read(8, 4) == 0
        else:
            assert late.write(8, 4, 5)
    assert len(made) == 1 and late.device() is late.made is made[0]
    assert made[0].read(8, 4) == (0 if access == "read" else 5)
    late.reset()
    assert made[0].read(8, 4) == 0


def test_a_board_makes_no_device_before_it_is_needed() -> None:
    bench = DeviceBench()
    devices = bench.make_board(load_board("mps2-an386"))
    devices.power_up()
    made = {placed.name for placed in devices.placed if placed.late.made is not None}
    assert made == {spec.name for spec in load_board("mps2-an386").devices if spec.type in WATCH_TIME}
    assert devices["uart0"].read(0, 4) == 0
    assert {placed.name for placed in devices.placed if placed.late.made is not None} == made | {"uart0"}
