"""Boards: those of the package, a user's own file, sizes from the command line, and one line for every mistake."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.devices import DeviceBench, put

from emulator.board.board import Board, largest_gap, parse_size
from emulator.board.board_file import board_names, load_board, with_uart
from emulator.devices.catalog import DEVICE_TYPES, NMI, Devices
from emulator.errors import ConfigError
from emulator.machine.build import build_machine
from emulator.records import replace

BOARDS = Path(__file__).parents[2] / "emulator" / "boards"

PLAIN = """
frequency = 1_000_000
[core]
name = "cortex-m4"
[[memory]]
name = "code"
address = 0
size = 0x1_0000
kind = "rom"
[[memory]]
name = "data"
address = 0x2000_0000
size = 0x1_0000
"""


def board(tmp_path: Path, text: str) -> Board:
    path = tmp_path / "mine.toml"
    path.write_text(text, encoding="utf-8")
    return load_board(path)


def refusal(tmp_path: Path, text: str) -> str:
    with pytest.raises(ConfigError) as caught:
        board(tmp_path, text)
    message = str(caught.value)
    assert "\n" not in message
    assert message.endswith((".", "?"))
    return message.replace(str(tmp_path) + "/", "")


# -- the boards of the package -------------------------------------------------------------------------------------


def test_the_package_has_these_boards() -> None:
    models = ["generic", "lm3s6965evb", "lpc1768", "mk20dx256", "mk64f", "mk66f", "mps2-an385"]
    parts = [
        "mps2-an386",
        "mps2-an500",
        "nrf52832",
        "nrf52833",
        "nrf52840",
        "sam3x8e",
        "sam4e",
        "sam4s",
        "samd51",
        "same70",
    ]
    stm32 = [
        "stm32f103",
        "stm32f103xe",
        "stm32f107",
        "stm32f303",
        "stm32f407",
        "stm32f411",
        "stm32f429",
        "stm32f446",
        "stm32f767",
    ]
    others = ["stm32g474", "stm32h723", "stm32h743", "stm32l152", "stm32l476", "stm32wb55", "stm32wl55", "tm4c123"]
    assert board_names() == [*models, *parts, *stm32, *others]


@pytest.mark.parametrize("name", board_names())
def test_every_board_can_be_built_and_has_a_description(name: str) -> None:
    found = load_board(name)
    assert (found.name, found.source) == (name, name)
    assert found.description
    devices = DeviceBench().make_board(found)
    assert [placed.name for placed in devices.placed] == [spec.name for spec in found.devices]
    assert found.console in {spec.parameters.get("console") for spec in found.devices}


@pytest.mark.parametrize(
    ("name", "core", "cpuid", "fpu", "irqs"),
    [
        ("mps2-an385", "cortex-m3", 0x410F_C231, False, 32),
        ("mps2-an386", "cortex-m4", 0x410F_C240, True, 32),
        ("mps2-an500", "cortex-m7", 0x411F_C272, True, 32),
        ("lm3s6965evb", "cortex-m3", 0x410F_C231, False, 64),
    ],
)
def test_the_cores_are_what_qemus_machines_show(name: str, core: str, cpuid: int, fpu: bool, irqs: int) -> None:
    found = load_board(name).core
    assert (found.name, found.cpuid, found.has_fpu, found.irq_count) == (core, cpuid, fpu, irqs)
    assert (found.mpu_regions, found.priority_bits, found.has_bit_band) == (8, 8, True)


@pytest.mark.parametrize("name", ["mps2-an385", "mps2-an386"])
def test_mps2_has_its_memories_and_their_aliases(name: str) -> None:
    ranges = load_board(name).memory_ranges
    mib = 1 << 20
    expected = [(0, 4 * mib), (4 * mib, 4 * mib)]
    expected += [(0x0100_0000 + 0x4000 * n, 0x4000) for n in range(4)]
    expected += [(0x2000_0000, 4 * mib), (0x2040_0000, 4 * mib), (0x2100_0000, 16 * mib)]
    assert ranges == expected


def test_an500_has_its_psram_elsewhere_and_no_block_ram() -> None:
    assert (0x6000_0000, 16 << 20) in load_board("mps2-an500").memory_ranges
    assert not any(0x0100_0000 <= address < 0x0101_0000 for address, _ in load_board("mps2-an500").memory_ranges)


def test_an_alias_leads_back_to_its_memory() -> None:
    found = load_board("mps2-an386")
    assert found.canonical(0x0040_1234) == 0x1234
    assert found.canonical(0x0100_C004) == 0x0100_0004
    assert found.canonical(0x2000_0000) == 0x2000_0000
    assert found.canonical(0x4000_0000) == 0x4000_0000


def test_systick_on_mps2_has_a_reference_clock_of_1_mhz_and_on_stellaris_none() -> None:
    assert load_board("mps2-an386").systick.calibration == 9999
    assert load_board("mps2-an386").systick.reference_divider == 25
    assert load_board("lm3s6965evb").systick.calibration == 0x8000_0000


def test_the_overrun_interrupts_of_three_uarts_meet_in_one() -> None:
    bench = DeviceBench()
    devices = bench.make_board(load_board("mps2-an386"))
    for name in ("uart0", "uart2"):
        put(devices[name], 0x08, 0x10)
        put(devices[name], 0x00, 0)
        put(devices[name], 0x00, 0)
    assert bench.irqs[12]
    put(devices["uart0"], 0x0C, 4)
    assert bench.irqs[12]
    put(devices["uart2"], 0x0C, 4)
    assert not bench.irqs[12]
    assert bench.rises[12] == 1


def test_the_watchdog_of_mps2_raises_the_nmi() -> None:
    bench = DeviceBench()
    devices = bench.make_board(load_board("mps2-an385"))
    put(devices["watchdog"], 0, 10)
    put(devices["watchdog"], 8, 1)
    bench.advance(10)
    assert bench.nmi
    assert load_board("mps2-an385").devices[3].irqs == {"interrupt": NMI}


@pytest.mark.parametrize("name", board_names())
def test_the_boards_of_the_package_have_no_mistakes(name: str) -> None:
    """Their devices are read without a look at the types; a file with the same contents is checked in full."""
    board = load_board(name)
    assert replace(load_board(BOARDS / f"{name}.toml"), source=board.source) == board


def test_an_unknown_device_is_not_found_by_name() -> None:
    with pytest.raises(KeyError):
        DeviceBench().make_board(load_board("generic"))["nothing"]


def test_devices_go_on_from_a_snapshot() -> None:
    found, bench, other = load_board("mps2-an386"), DeviceBench(), DeviceBench()
    devices, copies = bench.make_board(found), other.make_board(found)
    put(devices["timer0"], 8, 100)
    put(devices["timer0"], 0, 9)
    put(devices["gpio0"], 0x20, 1)
    bench.advance(50)
    assert bench.irqs[6]
    state = devices.save()
    other.advance(50)
    other.irqs, other.rises = dict(bench.irqs), {}
    copies.restore(state)
    assert (other.irqs, other.rises) == (bench.irqs, {})
    other.advance(50)
    assert other.irqs[8]
    assert copies.save().keys() == state.keys()


def test_a_board_is_the_same_whichever_way_it_is_named(tmp_path: Path) -> None:
    path = tmp_path / "copy.toml"
    path.write_text('extends = "mps2-an386"\n', encoding="utf-8")
    copy, original = load_board(path), load_board("mps2-an386")
    assert (copy.core, copy.memories, copy.devices) == (original.core, original.memories, original.devices)


# -- sizes ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "size"), [("16M", 16 << 20), ("64k", 1 << 16), ("1G", 1 << 30), ("0x1000", 4096), (" 8192 ", 8192)]
)
def test_sizes_are_read(text: str, size: int) -> None:
    assert parse_size(text) == size


@pytest.mark.parametrize("text", ["", "M", "16X", "-1", "0", "1.5M", "16 MB"])
def test_what_is_no_size_is_refused(text: str) -> None:
    with pytest.raises(ConfigError, match=r"--ram .* is not a size"):
        parse_size(text)


def test_the_ram_of_a_board_can_be_set_where_it_says_so() -> None:
    resized = load_board("lm3s6965evb").resized("ram", 16 << 20)
    assert (0x2000_0000, 16 << 20) in resized.memory_ranges
    assert (0, 0x4_0000) in resized.memory_ranges
    assert load_board("generic").resized("flash", 1 << 20).resized("ram", 1 << 16).memory_ranges == [
        (0, 1 << 20),
        (0x2000_0000, 1 << 16),
    ]


@pytest.mark.parametrize(
    ("name", "option", "size", "words"),
    [
        ("mps2-an386", "ram", 1 << 20, "no memory that --ram can set"),
        ("lm3s6965evb", "ram", 64 << 20, "overlaps"),
        ("lm3s6965evb", "ram", 1000, "multiple of 32 bytes"),
        ("lm3s6965evb", "ram", 2 << 30, "at most 1024 MiB"),
    ],
)
def test_sizes_that_do_not_fit_are_refused(name: str, option: str, size: int, words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        load_board(name).resized(option, size)


def test_the_heap_is_the_largest_part_of_the_largest_ram_that_nothing_is_loaded_into() -> None:
    found = load_board("mps2-an386")
    assert largest_gap(found, [(0, 0x1000), (0x2000_0000, 100)]) == (0x2100_0000, 0x2200_0000)
    assert largest_gap(found, [(0x2110_0000, 0x10)]) == (0x2110_0010, 0x2200_0000)
    assert largest_gap(found, [(0x21F0_0000, 0x10_0000), (0x2100_0000, 4)]) == (0x2100_0004, 0x21F0_0000)
    assert largest_gap(load_board("lm3s6965evb"), []) == (0x2000_0000, 0x2001_0000)


# -- another UART --------------------------------------------------------------------------------------------------


def test_the_console_of_a_board_can_be_another_uart() -> None:
    changed = with_uart(load_board("generic"), "pl011@0x4000c000:5")
    uart = next(device for device in changed.devices if device.type == "pl011")
    assert (uart.address, uart.irqs, uart.parameters["console"]) == (0x4000_C000, {"interrupt": 5}, changed.console)
    assert not any(device.type == "cmsdk-uart" for device in changed.devices)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("usart@0", "unknown type 'usart'"),
        ("pl011", "is not TYPE@ADDRESS:IRQ"),
        ("pl011@x", "is not TYPE@ADDRESS:IRQ"),
        ("pl011@0x20000000", "overlaps"),
        ("pl011@0x4000c000:99", "irqs.interrupt is 99"),
    ],
)
def test_a_uart_that_cannot_be_is_refused(text: str, words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        with_uart(load_board("generic"), text)


# -- a user's file -------------------------------------------------------------------------------------------------


def test_a_small_file_is_a_board(tmp_path: Path) -> None:
    found = board(tmp_path, PLAIN)
    assert (found.name, found.frequency, found.vector_table, found.devices) == ("mine", 1_000_000, 0, ())
    assert [(m.name, m.is_ram) for m in found.memories] == [("code", False), ("data", True)]
    assert (found.core.mpu_regions, found.core.priority_bits, found.core.irq_count) == (8, 3, 32)


def test_a_file_extends_a_board_entry_by_entry(tmp_path: Path) -> None:
    found = board(
        tmp_path,
        """
        extends = "generic"
        name = "small"
        remove = ["timer1"]
        [core]
        mpu_regions = 16
        [[memory]]
        name = "ram"
        size = 0x2000
        [[device]]
        type = "pl011"
        name = "uart0"
        address = 0x4000_C000
        irqs = { interrupt = 5 }
        console = "uart0"
        [[device]]
        type = "cmsdk-watchdog"
        name = "dog"
        address = 0x4000_8000
        """,
    )
    assert found.name == "small"
    assert (found.core.mpu_regions, found.core.priority_bits) == (16, 4)
    assert (0x2000_0000, 0x2000) in found.memory_ranges
    assert [(d.name, d.type) for d in found.devices] == [
        ("uart0", "pl011"),
        ("timer0", "cmsdk-timer"),
        ("dog", "cmsdk-watchdog"),
    ]


def test_a_device_of_another_type_inherits_nothing(tmp_path: Path) -> None:
    row = '[[device]]\ntype = "pl061"\nname = "uart0"\naddress = 0x4000_4000\n'
    uart = next(d for d in board(tmp_path, 'extends = "generic"\n' + row).devices if d.name == "uart0")
    assert (uart.type, uart.irqs, uart.parameters) == ("pl061", {}, {})


def test_a_device_of_the_same_type_keeps_what_is_not_said(tmp_path: Path) -> None:
    row = '[[device]]\nname = "uart0"\naddress = 0x4000_8000\n'
    uart = next(d for d in board(tmp_path, 'extends = "generic"\n' + row).devices if d.name == "uart0")
    assert (uart.type, uart.address, uart.irqs["rx"], uart.parameters) == (
        "cmsdk-uart",
        0x4000_8000,
        0,
        {"console": "uart0"},
    )


def test_a_file_extends_another_file_beside_it(tmp_path: Path) -> None:
    (tmp_path / "base.toml").write_text(PLAIN, encoding="utf-8")
    assert board(tmp_path, 'extends = "./base.toml"\nfrequency = 7').frequency == 7


def test_a_circle_of_files_is_refused(tmp_path: Path) -> None:
    assert "in a circle" in refusal(tmp_path, 'extends = "./mine.toml"')


def test_parameters_reach_the_device(tmp_path: Path) -> None:
    text = PLAIN + '[[device]]\ntype = "unimplemented"\nname = "hole"\naddress = 0x5000_0000\nsize = 0x80\n'
    found = board(tmp_path, text)
    assert found.devices[0].size == 0x80
    assert Devices(found.devices, DeviceBench().context)["hole"].size == 0x80


def test_an_unknown_board_names_the_nearest(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"unknown board 'mps2-an368'\. Did you mean 'mps2-an386'\?"):
        load_board("mps2-an368")
    with pytest.raises(ConfigError, match=r"Known: generic, lm3s6965evb, lpc1768, mk20dx256, mk64f, mk66f, mps2-an385"):
        load_board("zzz")


@pytest.mark.parametrize(
    ("name", "words"),
    [("missing.toml", "no such board file"), ("", "directory"), ("nul\0.toml", "cannot be read")],
)
def test_a_file_that_is_not_there_is_refused(tmp_path: Path, name: str, words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        load_board(f"{tmp_path}/{name}")


@pytest.mark.parametrize(
    ("data", "words"),
    [(b"\xff\xfe", "not a text file"), (b"name = ", "not valid TOML"), (b"[" * 5000, "not valid TOML")],
)
def test_a_file_that_is_no_toml_is_refused(tmp_path: Path, data: bytes, words: str) -> None:
    path = tmp_path / "mine.toml"
    path.write_bytes(data)
    with pytest.raises(ConfigError, match=words) as caught:
        load_board(path)
    assert "\n" not in str(caught.value)


def test_a_huge_file_is_refused(tmp_path: Path) -> None:
    assert "larger than 8 MiB" in refusal(tmp_path, "#" * (8 << 20) + "\n")


CHANGES = [
    ("frequency = 1_000_000", "", "mine.toml: frequency: is missing. Add it."),
    ("frequency = 1_000_000", "frequency = 0", "mine.toml: frequency must be 1 to 10,000,000,000 Hz, not 0."),
    (
        "frequency = 1_000_000",
        "frequency = true",
        "mine.toml: frequency: must be a number from 0 to 0x2540be400, not True.",
    ),
    ("frequency = 1_000_000", "frequenzy = 1", "mine.toml: frequenzy: unknown key. Did you mean 'frequency'?"),
    ('name = "cortex-m4"', "", "mine.toml: core: name: is missing. Add it."),
    ('name = "cortex-m4"', 'name = "cortex-m0"', "mine.toml: core: name: unknown core 'cortex-m0'. Did you mean"),
    ('name = "cortex-m4"', 'name = "cortex-m3"\nfpu = true', "mine.toml: core.fpu: a cortex-m3 has none."),
    ('name = "cortex-m4"', 'name = "cortex-m4"\nfpu = 1', "mine.toml: core: fpu: must be true or false, not 1."),
    ('name = "cortex-m4"', 'name = "cortex-m4"\nmpu_regions = 9', "mine.toml: core.mpu_regions must be 0, 8 or 16"),
    ('name = "cortex-m4"', 'name = "cortex-m4"\nirqs = 0', "mine.toml: core.irqs must be 1 to 240, not 0."),
    ('name = "cortex-m4"', 'name = "cortex-m4"\nirqs = 241', "mine.toml: core: irqs: must be a number from 0 to 240"),
    ('name = "cortex-m4"', 'name = "cortex-m4"\npriority_bits = 2', "mine.toml: core.priority_bits must be 3 to 8"),
    ('[core]\nname = "cortex-m4"', "core = 3", "mine.toml: core: must be a table, not 3. Write it as [core]."),
    ("size = 0x1_0000\nkind", "size = 1000\nkind", "mine.toml: memory code: size must be a positive multiple of 32"),
    ("size = 0x1_0000\nkind", "kind", "mine.toml: memory code: size: is missing. Add it."),
    ("address = 0x2000_0000", "address = 0x2000_0100", "mine.toml: memory data: address 0x20000100 must be a multiple"),
    (
        "address = 0x2000_0000",
        "address = 0x1000",
        "mine.toml: memory data at 0x00001000 overlaps memory code (0x00000000",
    ),
    ("address = 0x2000_0000", "address = 0xE000_0000", "overlaps the Private Peripheral Bus"),
    ("address = 0x2000_0000", "address = 0xFFFF_F000", "mine.toml: memory data at 0xfffff000 ends above the 4 GiB"),
    ("address = 0x2000_0000", "address = 0x1_0000_0000", "mine.toml: memory data: address: must be a number from 0"),
    ('kind = "rom"', 'kind = "flash"', "mine.toml: memory code: kind: must be 'ram' or 'rom', not 'flash'."),
    ('kind = "rom"', 'option = "rom"', "mine.toml: memory code: option: must be 'ram' or 'flash', not 'rom'."),
    ('kind = "rom"', "aliases = 3", "mine.toml: memory code: aliases: must be a list of numbers, not 3."),
    ('kind = "rom"', "aliases = [0x8000]", "mine.toml: memory code, alias at 0x00008000 overlaps memory code"),
    ('name = "data"', 'name = "code"', "mine.toml: two memory entries are called 'code'. Give each its own name."),
    ('name = "data"', "", "mine.toml: memory[1]: name: is missing. Add it."),
    ('name = "data"', 'name = "a\\nb"', "mine.toml: memory[1]: name: must be a text of one line, not 'a\\nb'."),
    ("frequency", "vector_table = 0x40\nfrequency", "mine.toml: vector_table 0x00000040 must be a multiple of 128."),
    ("frequency", "vector_table = 0x8000_0000\nfrequency", "mine.toml: vector_table 0x80000000 is in no memory."),
    ("frequency", 'remove = ["x"]\nfrequency', "mine.toml: remove: only a board that extends another can remove"),
    (
        "frequency",
        'extends = "genric"\nfrequency',
        "mine.toml: extends: unknown board 'genric'. Did you mean 'generic'?",
    ),
    (
        "frequency",
        'extends = "generic"\nremove = ["x"]\nfrequency',
        "mine.toml: remove: the board that is extended has no",
    ),
    ("[core]", "[systick]\nreference = 3\n[core]", "mine.toml: systick: reference: 3 Hz does not divide frequency."),
    (
        "[core]",
        "[systick]\ntenms = 0x100_0000\n[core]",
        "mine.toml: systick: tenms: must be a number from 0 to 0xffffff",
    ),
]


@pytest.mark.parametrize(("old", "new", "message"), CHANGES, ids=[change[2][:60] for change in CHANGES])
def test_a_mistake_is_named_with_its_remedy(tmp_path: Path, old: str, new: str, message: str) -> None:
    assert old in PLAIN
    assert message in refusal(tmp_path, PLAIN.replace(old, new, 1))


DEVICE_MISTAKES = [
    ('type = "uart"', "device uart: type: unknown device type 'uart'. Did you mean"),
    ('type = "pl011"\nirqs = { rx = 1 }', "device uart: irqs: rx: unknown key. Known: interrupt."),
    (
        'type = "pl011"\nirqs = { interrupt = 240 }',
        "device uart: irqs: interrupt: must be a number from 0 to 239, not 240.",
    ),
    ('type = "pl011"\nirqs = { interrupt = 40 }', "device uart: irqs.interrupt is 40, but the core has 32 interrupts."),
    ('type = "pl011"\nirqs = { interrupt = "NMI" }', "device uart: irqs: interrupt: must be a number"),
    ('type = "pl011"\nvariant = "ti"', "device uart: variant: unknown variant 'ti'. Known: arm, stellaris."),
    ('type = "pl011"\nconsole = 1', "device uart: console: must be a text of one line, not 1."),
    (
        'type = "pl011"\nspeed = 1',
        "device uart: speed: unknown key. Known: address, console, irqs, name, type, variant.",
    ),
    ('type = "mps2-scc"', "device uart: id: is missing. Add it."),
    ('type = "mps2-scc"\nid = 1\noscillators = ["a"]', "device uart: oscillators[0]: must be a number"),
    ('type = "unimplemented"\nsize = 3', "device uart: size: must be a positive multiple of 4, not 3."),
    ('type = "unimplemented"\nsize = 0', "device uart: size: must be a positive multiple of 4, not 0."),
    ('type = "mps2-fpgaio"\nleds = 33', "device uart: leds: must be a number from 0 to 32, not 33."),
]


@pytest.mark.parametrize(("lines", "message"), DEVICE_MISTAKES, ids=[mistake[1][:60] for mistake in DEVICE_MISTAKES])
def test_a_mistake_in_a_device_is_named_with_its_remedy(tmp_path: Path, lines: str, message: str) -> None:
    text = f'{PLAIN}[[device]]\nname = "uart"\naddress = 0x4000_0000\n{lines}\n'
    assert message in refusal(tmp_path, text)


def test_devices_that_overlap_are_refused(tmp_path: Path) -> None:
    row = '[[device]]\ntype = "pl011"\nname = "{}"\naddress = 0x4000_0{}00\n'
    assert "device b at 0x40000800 overlaps device a" in refusal(
        tmp_path, PLAIN + row.format("a", 0) + row.format("b", 8)
    )


def test_the_bit_band_aliases_are_taken_where_the_core_has_them(tmp_path: Path) -> None:
    text = PLAIN.replace("0x2000_0000", "0x2200_0000")
    assert board(tmp_path, text)
    assert "overlaps the bit-band alias of SRAM" in refusal(
        tmp_path, text.replace('name = "cortex-m4"', 'name = "cortex-m4"\nbit_band = true')
    )


def test_every_device_type_is_on_some_board() -> None:
    used = {device.type for name in board_names() for device in load_board(name).devices}
    assert used == set(DEVICE_TYPES)


def test_every_device_type_and_key_is_in_the_documentation() -> None:
    text = (Path(__file__).parents[2] / "docs" / "boards.md").read_text(encoding="utf-8")
    for name, kind in DEVICE_TYPES.items():
        assert f"`{name}`" in text
        for key in (*kind.PARAMETERS, *kind.LINES):
            assert f"`{key}`" in text or key.startswith(("pin", "sequence", "dc", "did", "user")), key


# -- registers in board files --------------------------------------------------------------------------------------

DECLARED = (
    PLAIN
    + """
[[device]]
type = "registers"
name = "A"
address = 0x4001_0000
size = 0x100
interrupt = "CR.0"
irqs = { interrupt = 3 }

[device.registers]
CR = { offset = 0, reset = 1 }
SR = { offset = 4, reset = 2 }

[[device]]
like = "A"
name = "B"
address = 0x4001_0100

[device.registers]
SR = { offset = 4, reset = 3 }

[registers]
OVER = { address = 0x4001_0004, reset = 9, writable = 0, fields = "OK:3" }
ALONE = { address = 0x5000_0010, size = 2, reset = 7 }

[unimplemented]
TIM2 = { address = 0x4002_0000, size = 0x400 }
"""
)


def test_devices_alike_and_registers_in_front_of_them(tmp_path: Path) -> None:
    machine = build_machine(board(tmp_path, DECLARED), [])
    bus = machine.bus
    assert [bus.read(address, 4) for address in (0x4001_0000, 0x4001_0004, 0x4001_0100, 0x4001_0104)] == [1, 9, 1, 3]
    assert bus.write(0x4001_0004, 4, 0)
    assert bus.write(0x4001_0000, 4, 5)
    assert [bus.read(address, 4) for address in (0x4001_0000, 0x4001_0004, 0x5000_0010)] == [5, 9, 7]
    assert (bus.read(0x4002_0000, 4), bus.read(0x5000_0014, 4), bus.read(0x5000_0012, 2)) == (0, None, 0)
    assert bus.register_name(0x4001_0004, 8) == "OVER.OK"
    assert bus.register_name(0x4001_0100) == "B_CR"
    assert machine.exceptions.is_pending(16 + 3)


def test_a_board_that_extends_another_changes_single_registers(tmp_path: Path) -> None:
    (tmp_path / "base.toml").write_text(DECLARED)
    text = 'extends = "./base.toml"\n[[device]]\nname = "A"\n[device.registers]\nSR = { offset = 4, reset = 8 }\n'
    over = "[registers]\nX = { address = 0x5000_0020 }\n"
    bus = build_machine(board(tmp_path, text + over), []).bus
    assert [bus.read(address, 4) for address in (0x4001_0000, 0x4001_0004)] == [1, 9]
    assert [bus.register_name(address) for address in (0x5000_0010, 0x5000_0020)] == ["ALONE", "X"]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('like = "A"', 'like = "C"', "mine.toml: device B: like: 'C' is no device of this board"),
        ("0x5000_0010", "0xe000_e010", "registers.ALONE: 0xe000e010 is in the Private Peripheral Bus"),
        ("0x5000_0010", "0x2000_0010", "registers.ALONE: 0x20000010 is in memory"),
        ("address = 0x5000_0010", "offset = 0", "mine.toml: registers.ALONE: address: is where a register"),
        ("fields = ", "feilds = ", "mine.toml: registers.OVER: feilds: unknown key. Did you mean 'fields'?"),
        ('"CR.0"', '"CR.40"', "mine.toml: device A: rules: 'CR.40' cannot be read: CR has bits 0 to 31"),
        ("TIM2 = {", 'TIM2 = { name = "x", ', "mine.toml: TIM2: is no block"),
    ],
)
def test_mistakes_in_registers_are_named(tmp_path: Path, old: str, new: str, message: str) -> None:
    assert message in refusal(tmp_path, DECLARED.replace(old, new))


def test_a_block_that_reads_as_zero_can_be_removed(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text('extends = "stm32l476"\nremove = ["CRC"]\n', encoding="utf-8")
    names = {device.name for device in load_board("stm32l476").devices}
    assert {device.name for device in load_board(path).devices} == names - {"CRC"}
