"""Changes of the memory map made by the C half against the same made by Python and by the pure-Python machine.

A random program rewrites regions and MPU_CTRL, opens and closes holes of 32 bytes and more in the pages that it
executes from and loads from, changes its privilege, and goes on after each fault.
"""

from __future__ import annotations

import random

import pytest
from support.accelerator import random_cases, require_accelerator
from support.machines import RAM
from test_native_exceptions import AFTER_FAULT, GO_ON, HANDLERS, THREAD, code, machine, prepare, state

from emulator.machine.events import Event
from emulator.machine.machine import Machine
from emulator.machine.stop import BudgetSpent

CASES, CHUNK, CHUNKS = random_cases(40), 80, 10
PLAIN = (
    "adds r4, #1", "eors r5, r4", "str r4, [r2]", "ldr r6, [r3]", "str r6, [r3, #32]", "push {r4, r5}; pop {r4, r5}",
    "svc #1", "movs r6, #1; msr control, r6", "mrs r6, control", "movs r6, #3; msr control, r6; isb",
    "ldr.w r6, [r2, #6]", "strd r4, r5, [r3, #28]", "ldrt r6, [r3]", "strt r6, [r3, #28]", "mov r1, pc; ldr r6, [r1]",
    "cpsid f; nop; cpsie f", "bl x; nop; nop; x: nop", "b x" + "; nop" * 16 + "; x: nop",
)  # fmt: skip


@pytest.fixture(autouse=True)
def accelerator() -> None:
    require_accelerator()


def word(register: str, value: int) -> str:
    return f"movw {register}, #{value & 0xFFFF}; movt {register}, #{value >> 16}"


def change_of_map(rng: random.Random) -> str:
    """A store to MPU_CTRL, or one or both words of a region: code, stacks and data, in whole pages and in parts."""
    mpu = word("r6", 0xE000_ED94)
    if rng.random() < 0.4:
        return f"{mpu}; movs r5, #{rng.choice((0, 1, 4, 5, 5, 5, 7))}; str r5, [r6]"
    base = rng.choice((THREAD, HANDLERS, RAM, RAM + 0x1C00, RAM + 0x2C00)) + rng.randrange(0x40) * 32
    size = rng.choice((4, 4, 5, 6, 7, 9, 11))
    base &= ~((2 << size) - 1)
    rbar = base | 0x10 | rng.choice((2, 3, 4, 5, 6, 7, 9))
    rasr = (rng.random() < 0.2) << 28 | rng.choice((0, 2, 3, 3, 3, 5, 6, 6)) << 24 | size << 1 | (rng.random() < 0.8)
    stores = f"{mpu}; {word('r5', rbar)}; str r5, [r6, #8]"
    return f"{stores}; {word('r5', rasr)}; str r5, [r6, #12]; {rng.choice(('nop', 'dsb; isb'))}"


def program(rng: random.Random, changes: list[str]) -> bytes:
    out = bytearray()
    while len(out) < 0x700:
        out += code(rng.choice(changes) if rng.random() < 0.25 else rng.choice(PLAIN))
    return bytes(out) + (0xE000 | (-(len(out) + 4) // 2 & 0x7FF)).to_bytes(2, "little")


def load(made: Machine, seed: str) -> None:
    prepare(made, seed)
    rng = random.Random(seed)
    changes = [change_of_map(rng) for _ in range(12)]  # a kernel returns to the same maps
    made.poke(THREAD, program(rng, changes))
    made.poke(HANDLERS, (code("adds r7, #1") + code(rng.choice(changes)) + code("bx lr")) * 60 + code("bx lr"))
    made.poke(AFTER_FAULT, code(GO_ON))
    made.poke(0x2C, (HANDLERS | 1).to_bytes(4, "little"))
    made.registers.r[2], made.registers.r[3] = RAM + 0x1C00 + rng.randrange(64) * 4, RAM + rng.randrange(0x400) * 4


def test_all_halves_change_maps_alike(monkeypatch: pytest.MonkeyPatch) -> None:
    heard: tuple[list[Event], list[Event]] = [], []
    native, free = machine("cortex-m4", heard[0]), machine("cortex-m4", [])
    free.observers.clear()
    monkeypatch.setenv("V7M_PURE_PYTHON", "1")
    pure = machine("cortex-m4", heard[1])
    machines = native, free, pure
    compared = 0
    for case in range(CASES):
        seed = f"maps {case}"
        for made in machines:
            made.power_up()
            made.poke(RAM, bytes(0x4000))
            load(made, seed)
        for chunk in range(CHUNKS):
            reasons = [made.run(CHUNK) for made in machines]
            states = [state(made) for made in machines]
            maps = [(made.mpu.ctrl, made.mpu.rnr, list(made.mpu.rbar), list(made.mpu.rasr)) for made in machines]
            assert reasons[0] == reasons[1] == reasons[2], (seed, chunk)
            assert states[0] == states[1] == states[2], (seed, chunk)
            assert maps[0] == maps[1] == maps[2], (seed, chunk)
            assert heard[0] == heard[1], (seed, chunk)
            compared += 1
            if not isinstance(reasons[0], BudgetSpent):
                break
    assert compared > CASES * CHUNKS // 3
    assert native._shared.map_changes > 2 * CASES, "hardly any map was changed by the C half"
    assert native._shared.map_changes == free._shared.map_changes
    assert not pure._shared.map_changes
