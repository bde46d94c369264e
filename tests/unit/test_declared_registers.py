"""Declared registers: what a read and a write do, what bits follow, the console, interrupts, mistakes in a file."""

from __future__ import annotations

from typing import Any

import pytest
from support.devices import DeviceBench, put, word

from emulator.devices.registers import Registers
from emulator.errors import ConfigError


def device(interrupt: str = "", console: str = "", **registers: dict[str, Any]) -> tuple[DeviceBench, Registers]:
    bench = DeviceBench()
    made = bench.make(Registers, registers=registers, interrupt=interrupt, console=console, size=0x100)
    made.name = "RCC"
    return bench, made


def test_a_register_keeps_what_is_written_in_the_bits_that_can_be_written() -> None:
    _, made = device(CR={"offset": 0, "reset": 0x83, "writable": 0xFF00})
    assert word(made, 0) == 0x83
    put(made, 0, 0x1234_5678)
    assert word(made, 0) == 0x5683
    made.reset()
    assert word(made, 0) == 0x83


@pytest.mark.parametrize(
    ("key", "after"), [("one_clears", 0b0100), ("one_sets", 0b1110), ("one_toggles", 0b0110), ("zero_clears", 0b1000)]
)
def test_bits_act_on_what_is_written_to_them(key: str, after: int) -> None:
    _, made = device(SR={"offset": 0, "reset": 0b1100, key: 0xF})
    put(made, 0, 0b1010)
    assert word(made, 0) == after


def test_a_read_clears() -> None:
    _, made = device(SR={"offset": 4, "reset": 0x13, "read_clears": 0x10})
    assert [word(made, 4), word(made, 4)] == [0x13, 0x03]


def test_a_narrow_store_changes_the_bytes_that_it_names() -> None:
    _, made = device(SR={"offset": 0, "reset": 0x1111_1111, "one_clears": 0xFF00}, C={"offset": 5, "size": 1})
    made.write(1, 1, 0x10)
    assert word(made, 0) == 0x1111_0111
    made.write(3, 1, 0xAB)
    assert word(made, 0) == 0xAB11_0111
    made.write(4, 4, 0x1234_5678)
    assert (made.read(5, 1), made.read(4, 4), made.read(4, 2), made.read(3, 1)) == (0x56, 0x5600, 0x5600, 0xAB)


def test_a_sequence_ends_with_its_last_value_or_repeats() -> None:
    _, made = device(A={"offset": 0, "reads": [1, 2, 3]}, B={"offset": 4, "reads": [1, 2], "repeats": True})
    assert [word(made, 0) for _ in range(5)] == [1, 2, 3, 3, 3]
    assert [word(made, 4) for _ in range(5)] == [1, 2, 1, 2, 1]


def test_registers_that_set_and_clear_bits_of_another() -> None:
    _, made = device(
        ODR={"offset": 0}, BSRR={"offset": 4, "sets": "ODR", "clears_high": "ODR"},
        CLR={"offset": 8, "clears": "ODR", "shows": "ODR"}, TGL={"offset": 12, "toggles": "ODR"},
    )  # fmt: skip
    put(made, 4, 0x00F3)
    put(made, 4, 0x0030_0004)
    assert (word(made, 0), word(made, 4)) == (0xC7, 0)
    put(made, 8, 0x41)
    assert (word(made, 0), word(made, 8)) == (0x86, 0x86)
    put(made, 12, 0x0F)
    assert (word(made, 0), word(made, 12)) == (0x89, 0)


# -- rules ---------------------------------------------------------------------------------------------------------

CR = {"offset": 0, "fields": "HSEON:16 HSERDY:17", "rules": ".HSERDY = .HSEON after 2 reads"}


def test_a_bit_follows_another_after_so_many_reads() -> None:
    _, made = device(CR=CR)
    put(made, 0, 3 << 16)
    assert [word(made, 0) >> 16 for _ in range(4)] == [1, 1, 3, 3]
    put(made, 0, 0)
    assert [word(made, 0) >> 16 for _ in range(4)] == [2, 2, 0, 0]


def test_a_bit_follows_another_after_a_time() -> None:
    bench, made = device(CR={"offset": 0, "rules": ".1 = .0 after 5 us; .2 = .0 after 3 instructions"})
    put(made, 0, 1)
    seen = []
    for _ in range(6):
        seen.append(word(made, 0))
        bench.advance(1)
    assert seen == [1, 1, 1, 5, 5, 7]


def test_what_was_asked_for_and_taken_back_does_not_come() -> None:
    bench, made = device(CR={"offset": 0, "rules": ".1 = .0 after 5 us"})
    put(made, 0, 1)
    bench.advance(3)
    put(made, 0, 0)
    bench.advance(10)
    assert word(made, 0) == 0


def test_places_as_wide_are_copied_and_others_are_all_or_nothing() -> None:
    _, made = device(
        A={"offset": 0, "rules": ".3:2 = .1:0; .7:4 = .1:0; .9:8 = !.1:0"},
        B={"offset": 4, "rules": ".0 = A.1 & !A.0 | .7"},
    )
    put(made, 0, 0b10)
    assert (word(made, 0), word(made, 4)) == (0b01_1111_1010, 1)
    put(made, 0, 0b01)
    assert (word(made, 0), word(made, 4)) == (0b10_1111_0101, 0)
    put(made, 4, 0x80)
    assert word(made, 4) == 0x81


def test_a_pulse_sets_an_event_that_the_program_clears() -> None:
    bench, made = device(
        "EVENT.0 & INTEN.0",
        START={"offset": 0, "pulse": True},
        EVENT={"offset": 4, "rules": ".0 set by START.0 after 2 reads"},
        INTEN={"offset": 8},
    )
    put(made, 8, 1)
    put(made, 0, 1)
    assert [word(made, 4) for _ in range(3)] == [0, 0, 1]
    assert (bench.lines["interrupt"], word(made, 0)) == (True, 0)
    put(made, 4, 0)
    assert (word(made, 4), bench.lines["interrupt"]) == (0, False)
    put(made, 0, 1)
    assert [word(made, 4) for _ in range(3)] == [0, 0, 1]


def test_bits_follow_accesses_whatever_is_stored_or_loaded() -> None:
    bench, made = device(
        "SR.0 & CR.0",
        CR={"offset": 0},
        SR={
            "offset": 4,
            "writable": 0,
            "rules": ".0 set by DR.written & !CR.1; .0 cleared by DR.read; .1 set by LCR.read",
        },
        DR={"offset": 8, "writable": 0},
        LCR={"offset": 12, "reset": 7},
    )
    put(made, 0, 1)
    for _ in range(2):
        put(made, 8, 0)
        assert (word(made, 4), bench.lines["interrupt"]) == (1, True)
        assert (word(made, 8), word(made, 4), bench.lines["interrupt"]) == (0, 0, False)
    put(made, 0, 3)
    put(made, 8, 0)
    assert word(made, 4) == 0
    assert not made.is_steady(8, 4) and not made.is_steady(12, 4) and made.is_steady(0, 4)
    assert (word(made, 12), word(made, 4)) == (7, 2)
    put(made, 12, 0)
    state = made.save()
    made.restore(state)
    assert word(made, 4) == 2


def test_a_field_may_be_called_as_an_access_is() -> None:
    _, made = device(CR={"offset": 0, "fields": "read:3", "rules": ".5 = .read"})
    assert word(made, 0) == 0
    put(made, 0, 8)
    assert word(made, 0) == 0x28


def test_nothing_makes_an_access() -> None:
    with pytest.raises(ConfigError, match="only bits of its own register follow something"):
        device(CR={"offset": 0, "rules": ".written = .1"})


def test_after_a_reset_bits_become_what_they_follow() -> None:
    rules = ".1 = .0 after 2 reads; .3 = .2; .5 set by .4; .7 = .6 after 2 reads"
    _, made = device(CR={"offset": 0, "reset": 0b1101_0101, "rules": rules})
    for _ in range(2):
        assert [word(made, 0) for _ in range(4)] == [0b1101_1101, 0b1101_1101, 0b1101_1111, 0b1101_1111]
        made.reset()


def test_a_bit_that_clears_itself() -> None:
    _, made = device(CR={"offset": 0, "rules": ".2 cleared by .2 after 2 reads"})
    put(made, 0, 4)
    assert [word(made, 0) for _ in range(4)] == [4, 4, 0, 0]


def test_rules_that_contradict_each_other_end() -> None:
    _, made = device(CR={"offset": 0, "rules": ".0 set by !.0; .0 cleared by .0"})
    put(made, 0, 2)
    assert word(made, 0) in (2, 3)


# -- the console ---------------------------------------------------------------------------------------------------

UART = {
    "SR": {"offset": 0, "reset": 0xC0, "writable": 0, "rules": ".5 = rx"},
    "DR": {"offset": 4, "sends": True, "receives": True, "when": "!LCR.7"},
    "LCR": {"offset": 8},
}


def uart() -> tuple[DeviceBench, Registers]:
    return device("SR.5 & LCR.0", "uart0", **UART)


def test_what_is_written_is_sent_while_its_condition_holds() -> None:
    bench, made = uart()
    put(made, 4, 0x141)
    put(made, 8, 0x80)
    put(made, 4, 0x42)
    assert (bench.sent, word(made, 4)) == ([("uart0", b"A")], 0x42)


def test_input_arrives_and_a_read_takes_it() -> None:
    bench, made = uart()
    bench.input = list(b"ab")
    put(made, 8, 1)
    assert word(made, 0) == 0xC0
    bench.advance(159)
    assert word(made, 0) == 0xC0
    bench.advance(1)
    assert (word(made, 0), bench.lines["interrupt"], word(made, 4), word(made, 0)) == (0xE0, True, 0x61, 0xC0)
    assert not bench.lines["interrupt"]
    bench.advance(160)
    assert (word(made, 4), word(made, 4)) == (0x62, 0x62)


# -- what C may answer by itself -----------------------------------------------------------------------------------


def test_only_what_a_read_does_not_change_is_steady() -> None:
    _, made = device(
        CR=CR, ONCE={"offset": 4, "read_clears": 1, "reset": 1}, LIST={"offset": 8, "reads": [1, 2]},
        AGAIN={"offset": 12, "reads": [1, 2], "repeats": True}, PLAIN={"offset": 16},
        VIA={"offset": 20, "shows": "LIST"},
    )  # fmt: skip
    steady = [made.is_steady(offset, 4) for offset in range(0, 24, 4)]
    assert steady == [True, False, False, False, True, False]
    for expected in ([True, False, False, False, True, False], [True, True, True, False, True, True]):
        for offset in range(0, 20, 4):
            word(made, offset)
        assert [made.is_steady(offset, 4) for offset in range(0, 24, 4)] == expected
    put(made, 0, 1 << 16)
    seen = []
    for _ in range(3):
        seen.append((made.is_steady(0, 4), word(made, 0) >> 16, made.is_steady(0, 4)))
    assert seen == [(False, 1, False), (False, 1, False), (False, 3, True)]


# -- names and mistakes --------------------------------------------------------------------------------------------


def test_registers_and_fields_have_names() -> None:
    _, made = device(CR=CR, B={"offset": 4, "size": 1, "fields": "X:3-2"})
    assert made.register_name(0) == "RCC_CR"
    assert made.register_name(0, 1 << 17) == "RCC_CR.HSERDY"
    assert made.register_name(0, 3 << 16) == "RCC_CR"
    assert made.register_name(2, 2) == "RCC_CR.HSERDY"
    assert made.register_name(4, 0xC) == "RCC_B.X"
    assert made.register_name(5) is None


@pytest.mark.parametrize(
    ("registers", "message"),
    [
        ({"A": {}}, "registers.A: offset: is missing"),
        ({"A": {"offset": 2}}, "registers.A: offset: 0x2 is not a multiple of its size"),
        ({"A": {"offset": 0, "resets": 1}}, "registers.A: resets: unknown key. Did you mean 'reset'?"),
        ({"A": {"offset": 0, "reset": "x"}}, "registers.A: reset: must be a number of 32 bits, not 'x'"),
        ({"A": {"offset": 0, "size": 1, "reset": 256}}, "registers.A: reset: 0x100 does not fit 1 bytes"),
        ({"A": {"offset": 0, "size": 3}}, "registers.A: size: must be 1, 2 or 4 bytes"),
        ({"A": {"offset": 0}, "B": {"offset": 2, "size": 2}}, "registers.B: overlaps A"),
        ({"A": {"offset": 0x100}}, "registers.A: ends at 0x104, behind the device's size 0x100"),
        ({"A": {"offset": 0, "sets": "B"}}, "registers.A: sets: there is no register 'B'"),
        ({"A": {"offset": 0, "fields": "X:32"}}, "registers.A: fields: 'X:32' is no field"),
        ({"A": {"offset": 0, "rules": ".1 is .0"}}, "registers.A: rules: '.1 is .0' cannot be read"),
        ({"A": {"offset": 0, "rules": ".1 = .X"}}, "registers.A: rules: '.X' cannot be read: A has no field 'X'"),
        ({"A": {"offset": 0, "rules": ".1 = B.0"}}, "'B.0' cannot be read: there is no register 'B'"),
        ({"A": {"offset": 0, "rules": ".32 = .0"}}, "A has bits 0 to 31"),
        ({"A": {"offset": 0, "rules": ".1 = .0 after 2 days"}}, "a delay is a number of reads, instructions or us"),
        ({"A": {"offset": 0, "reads": [1 << 32]}}, "registers.A: reads: must be at most 1024 numbers of 32 bits"),
        ({"A": {"offset": 0, "count": 1 << 30}}, "registers: are too many for a device"),
    ],
)
def test_a_mistake_is_one_line_with_a_remedy(registers: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError) as error:
        device(**registers)
    assert message in str(error.value)
    assert "\n" not in str(error.value)


def test_a_snapshot_holds_what_is_under_way() -> None:
    registers = {
        "CR": {"offset": 0, "rules": ".1 = .0 after 2 reads; .3 = .2 after 5 us"},
        "L": {"offset": 4, "reads": [1, 2, 3]},
    }
    bench, made = device(**registers)
    put(made, 0, 5)
    word(made, 0)
    word(made, 4)
    other, copy = device(**registers)
    copy.restore(made.save())
    for each, clock in ((made, bench), (copy, other)):
        assert [word(each, 0), word(each, 0), word(each, 4)] == [5, 7, 2]
        clock.advance(5)
        assert word(each, 0) == 15
