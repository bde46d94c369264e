"""What the pins of a port read as, against tables typed from the parts' manuals, and as a program sees it."""

from __future__ import annotations

from itertools import product
from pathlib import Path
from random import Random

import pytest
from support.devices import DeviceBench, put, word
from support.small_programs import build_elf, exit_with

import v7m
from emulator.devices.pin_levels import LAYOUTS
from emulator.devices.registers import Registers
from emulator.errors import ConfigError

OUT, PULL_UP, OPEN_DRAIN = "out", "up", "high"
F1 = {
    # CNF and MODE as a nibble: what the pin has [RM0008 table 20]
    0b0000: 0, 0b0100: 0, 0b1000: OUT, 0b1100: 0,
    **{kind << 2 | mode: level for mode in (1, 2, 3) for kind, level in enumerate((OUT, OUT, 0, OPEN_DRAIN))},
}  # fmt: skip
F4 = {
    # MODER, OTYPER, PUPDR: what the pin has [RM0090 table 35]
    **{(0, kind, pull): PULL_UP if pull == 1 else 0 for kind, pull in product((0, 1), (0, 1, 2))},
    **{(1, kind, pull): OUT for kind, pull in product((0, 1), (0, 1, 2))},
    (2, 0, 0): 0, (2, 0, 1): PULL_UP, (2, 0, 2): 0, (2, 1, 0): OPEN_DRAIN, (2, 1, 1): PULL_UP, (2, 1, 2): OPEN_DRAIN,
    **{(3, kind, pull): 0 for kind, pull in product((0, 1), (0, 1, 2)) if pull != 1},
}  # fmt: skip


def expected(has: object, out: int) -> int:
    return out if has == OUT else int(has in (PULL_UP, OPEN_DRAIN))


@pytest.mark.parametrize("seed", range(20))
def test_each_pin_of_an_stm32f1_is_as_its_nibble_says(seed: int) -> None:
    random = Random(seed)
    nibbles, out = [random.choice(list(F1)) for _ in range(16)], random.getrandbits(16)
    control = sum(nibble << 4 * pin for pin, nibble in enumerate(nibbles))
    level = LAYOUTS["stm32f1"].level({"CRL": control & 0xFFFF_FFFF, "CRH": control >> 32, "ODR": out})
    assert [level >> pin & 1 for pin in range(16)] == [expected(F1[n], out >> p & 1) for p, n in enumerate(nibbles)]


@pytest.mark.parametrize("seed", range(20))
def test_each_pin_of_an_stm32_is_as_its_mode_and_pull_say(seed: int) -> None:
    random = Random(seed)
    pins, out = [random.choice(list(F4)) for _ in range(16)], random.getrandbits(16)
    values = {
        "MODER": sum(mode << 2 * n for n, (mode, _, _) in enumerate(pins)),
        "OTYPER": sum(kind << n for n, (_, kind, _) in enumerate(pins)),
        "PUPDR": sum(pull << 2 * n for n, (_, _, pull) in enumerate(pins)),
        "ODR": out,
    }
    level = LAYOUTS["stm32"].level(values)
    assert [level >> n & 1 for n in range(16)] == [expected(F4[pin], out >> n & 1) for n, pin in enumerate(pins)]


def test_pins_of_other_families() -> None:
    out = {"OUT": 0b0110, "DIR": 0b0010, "PIN_CNF0": 0x0C, "PIN_CNF1": 0x00, "PIN_CNF2": 0x01, "PIN_CNF3": 0x04}
    assert LAYOUTS["nrf"].level(out) == 0b0111
    assert LAYOUTS["nrf"].level({**out, "PIN_CNF0": 0x0E, "PIN_CNF1": 0x03}) == 0b0100, "the input is not connected"
    assert LAYOUTS["kinetis"].level({"PDDR": 0b0011, "PDOR": 0b0110}) == 0b0010
    sam = LAYOUTS["sam"].level({"OSR": 0b0011, "ODSR": 0b0101, "PUSR": 0b0100})
    assert sam & 0b1111 == 0b1001
    samd = {"DIR": 0b0001, "OUT": 0b1011, "PINCFG0": 0, "PINCFG1": 6, "PINCFG2": 6, "PINCFG3": 2}
    assert LAYOUTS["samd"].level(samd) == 0b0011


PORT = {
    "CRL": {"offset": 0, "reset": 0x4444_4444},
    "CRH": {"offset": 4, "reset": 0x4444_4444},
    "IDR": {"offset": 8, "writable": 0, "pins": "stm32f1"},
    "ODR": {"offset": 12},
    "BSRR": {"offset": 16, "sets": "ODR", "clears_high": "ODR"},
}
BOARD = """extends = "generic"
[[device]]
type = "registers"
name = "GPIOB"
address = 0x4001_0c00
size = 0x400
[device.registers]
CRL = { offset = 0, reset = 0x4444_4444 }
CRH = { offset = 4, reset = 0x4444_4444 }
IDR = { offset = 8, writable = 0, pins = "stm32f1" }
ODR = { offset = 12 }
BSRR = { offset = 16, sets = "ODR", clears_high = "ODR" }
"""
PULLED_UP = """
    movw r4, #0x0c00; movt r4, #0x4001; movw r0, #0x4448; movt r0, #0x4444; str r0, [r4]
    movs r0, #1; str r0, [r4, #0x10]; ldr r0, [r4, #8]; cmp r0, #1; bne bad
    wait: ldr r0, [r4, #8]; lsls r0, #31; bne wait
"""


@pytest.mark.parametrize("pure", [False, True])
def test_a_button_with_a_pull_up_is_open_until_something_presses_it(
    tmp_path: Path, pure: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if pure:
        monkeypatch.setenv("V7M_PURE_PYTHON", "1")
    path, board, script = tmp_path / "pins.elf", tmp_path / "port.toml", tmp_path / "press.toml"
    path.write_bytes(build_elf(f"{PULLED_UP}{exit_with(0)}\nbad: {exit_with(1)}"))
    board.write_text(BOARD)
    assert v7m.run(path, board=board, max_instructions=20_000).outcome == "budget-spent"
    script.write_text('[[stimulus]]\nat = 2_000\nregister = "GPIOB_IDR"\nvalue = 0\nmask = 1\n')
    assert v7m.run(path, board=board, stimulus=script, max_instructions=20_000).exit_status == 0


def test_what_drives_a_pin_from_outside_does_so_until_the_power_goes() -> None:
    port = DeviceBench().make(Registers, registers=PORT, size=0x400)
    port.force(8, 0b10, 0b10)
    put(port, 0x10, 0b01)
    assert word(port, 8) == 0b10
    put(port, 0, 0x4444_4442)
    assert word(port, 8) == 0b11
    state = port.save()
    port.power_up()
    assert word(port, 8) == 0
    port.restore(state)
    assert word(port, 8) == 0b11
    port.reset()
    assert word(port, 8) == 0b10, "what is connected stays so"


@pytest.mark.parametrize(
    ("registers", "words"),
    [
        ({"IDR": {"offset": 8, "pins": "avr"}}, "there is no 'avr'. Known: stm32, stm32f1, nrf, kinetis, sam, samd."),
        ({"IDR": {"offset": 8, "pins": "nrf"}, "DIR": {"offset": 0}}, "the device has no OUT, which 'nrf' asks for."),
    ],
)
def test_a_port_that_is_not_whole_is_refused(registers: dict[str, dict[str, object]], words: str) -> None:
    with pytest.raises(ConfigError) as error:
        DeviceBench().make(Registers, registers=registers, size=0x400)
    assert words in str(error.value)
