import subprocess
import sys
from pathlib import Path

from emulator.armv7m.register_table import markdown, row, rows
from emulator.armv7m.registers import Register, register_at

ROOT = Path(__file__).parents[2]


def row_of(address: int) -> tuple[str, ...]:
    register = register_at(address)
    assert register is not None
    return row(register)


def test_the_table_in_docs_is_up_to_date():
    # In a process of its own: other tests declare registers too.
    command = [sys.executable, "-m", "emulator.armv7m.registers"]
    written = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert written == (ROOT / "docs" / "registers.md").read_text(encoding="utf-8")


def test_a_row_says_where_and_what_a_register_is():
    assert row_of(0xE000_ED0C) == (
        *("0xe000ed0c", "AIRCR", "RW", "0xfa050000", "word"),
        *("Application Interrupt and Reset Control Register. [B3.2.6]", ""),
    )


def test_an_array_is_one_row():
    assert row_of(0xE000_E104)[:5] == ("0xe000e100 .. 0xe000e13c", "NVIC_ISER0-15", "W1S", "0x00000000", "any")


def test_a_reset_value_in_words_is_shown_as_it_is():
    assert row_of(0xE000_ED00)[3] == "by the core"


def test_unprivileged_access_is_told_where_there_is_some():
    assert row_of(0xE000_EF00)[6] == "RW with CCR.USERSETMPEND"


def test_the_access_of_a_register_is_that_of_its_fields():
    assert [row_of(address)[2] for address in (0xE000_ED00, 0xE000_EF00, 0xE000_ED2C, 0xE000_E010, 0xE000_EDF0)] == [
        *("RO", "WO", "W1C", "RW", "RW")
    ]


def test_rows_are_in_the_order_of_their_addresses():
    addresses = [int(line.address.split()[0], 16) for line in rows()]
    assert addresses == sorted(addresses)


def test_each_field_is_listed_with_its_bits():
    lines = "".join(markdown()).splitlines()
    assert "| `SCR` | SEVONPEND 4, SLEEPDEEP 2, SLEEPONEXIT 1 |" in lines
    assert "| `HFSR` | DEBUGEVT 31 W1C, FORCED 30 W1C, VECTTBL 1 W1C |" in lines


def test_no_cell_breaks_the_table():
    for line in rows():
        assert all("|" not in cell and "\n" not in cell for cell in line)
        assert issubclass(register_at(int(line.address.split()[0], 16)), Register)
