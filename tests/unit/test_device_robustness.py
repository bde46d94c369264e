"""Whatever a program does to a device: it answers, never raises, and a snapshot of it goes on the same way."""

from __future__ import annotations

import random

import pytest
from support.devices import DeviceBench

from emulator.devices.catalog import DEVICE_TYPES
from emulator.devices.peripheral import Peripheral

ACCESSES = 1500
NEEDED = {"mps2-scc": {"id": 0x4104_3850}}


def make(bench: DeviceBench, name: str) -> Peripheral:
    kind = DEVICE_TYPES[name]
    parameters = dict(NEEDED.get(name, {}))
    return bench.make(kind, **({"console": "uart0"} if "console" in kind.PARAMETERS else {}), **parameters)


def mistreat(bench: DeviceBench, device: Peripheral, chance: random.Random, accesses: int) -> list[int | None]:
    """Make random accesses, mostly to the registers, and let time pass in between. Returns what was read."""
    offsets = sorted(device._loads)
    answers = []
    for _ in range(accesses):
        size = chance.choice((1, 2, 4, 4, 4))
        offset = chance.choice(offsets) if offsets and chance.random() < 0.9 else chance.randrange(0, device.size, size)
        if chance.random() < 0.5:
            value = chance.getrandbits(8 * size) & chance.choice((0xFFFF_FFFF, 0xFF, 0x3))
            assert device.write(offset, size, value) is True
        else:
            answer = device.read(offset, size)
            assert answer is not None and 0 <= answer < 1 << 8 * size
            answers.append(answer)
        bench.advance(chance.choice((0, 1, 7, 1000, 1 << 20)))
    return answers


GO_ON = {"stm32-rtc"}
"""What a reset of the system leaves alone."""


@pytest.mark.parametrize("name", sorted(DEVICE_TYPES))
def test_random_accesses_are_answered_the_same_in_every_run(name: str) -> None:
    results = []
    for _ in range(2):
        bench = DeviceBench()
        bench.input = list(b"some input" * 20)
        device = make(bench, name)
        results.append((mistreat(bench, device, random.Random(name), ACCESSES), bench.sent, bench.rises))
    assert results[0] == results[1]


@pytest.mark.parametrize("name", sorted(DEVICE_TYPES))
def test_a_snapshot_goes_on_as_the_original_does(name: str) -> None:
    bench, other = DeviceBench(), DeviceBench()
    bench.input = list(b"some input" * 20)
    device = make(bench, name)
    mistreat(bench, device, random.Random(f"{name} before"), ACCESSES // 3)
    other.advance(bench.clock.now)
    other.input = list(bench.input)
    copy = make(other, name)
    copy.restore(device.save())
    assert copy.save() == device.save()
    assert other.lines == bench.lines
    after = [mistreat(b, d, random.Random(f"{name} after"), 300) for b, d in ((bench, device), (other, copy))]
    assert after[0] == after[1]
    assert other.lines == bench.lines


@pytest.mark.parametrize("name", sorted(set(DEVICE_TYPES) - GO_ON))
def test_a_reset_leaves_nothing_behind(name: str) -> None:
    bench = DeviceBench()
    device, fresh = make(bench, name), make(DeviceBench(), name)
    mistreat(bench, device, random.Random(name), 300)
    device.reset()
    assert not any(bench.lines.values()) or bench.lines == dict.fromkeys(bench.lines, False)
    same = [offset for offset in sorted(device._loads) if device.read(offset, 4) == fresh.read(offset, 4)]
    assert same == sorted(device._loads)
