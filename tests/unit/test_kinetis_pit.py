"""The PIT of Kinetis parts: periods, flags and interrupts. Times are counted by hand."""

from __future__ import annotations

from support.devices import DeviceBench, put, word

from emulator.devices.kinetis_pit import KinetisPit

MCR, LDVAL, CVAL, TCTRL, TFLG = 0x00, 0x100, 0x104, 0x108, 0x10C
TEN, TIE, CHN = 1, 2, 4
STEP = 0x10


def pit(divider: int = 1) -> tuple[DeviceBench, KinetisPit]:
    bench = DeviceBench()
    made = bench.make(KinetisPit, divider=divider)
    put(made, MCR, 0)
    return bench, made


def test_a_period_is_one_more_than_the_load_value() -> None:
    bench, made = pit()
    put(made, LDVAL, 9)
    put(made, TCTRL, TEN | TIE)
    for _ in range(3):
        bench.advance(9)
        assert (word(made, TFLG), bench.lines["0"]) == (0, False)
        bench.advance(1)
        assert (word(made, TFLG), bench.lines["0"], word(made, CVAL)) == (1, True, 0)
        put(made, TFLG, 1)
        assert (word(made, TFLG), bench.lines["0"]) == (0, False)


def test_it_counts_down_once_in_a_number_of_instructions_and_is_polled_without_an_interrupt() -> None:
    bench, made = pit(divider=2)
    put(made, LDVAL + STEP, 100)
    put(made, TCTRL + STEP, TEN)
    bench.advance(10)
    assert word(made, CVAL + STEP) == 96
    bench.advance(192)
    assert (word(made, TFLG + STEP), bench.lines["1"]) == (1, False)
    put(made, TCTRL + STEP, TEN | TIE)
    assert bench.lines["1"] is True


def test_nothing_runs_while_the_module_is_disabled_or_a_channel_is_chained() -> None:
    bench, made = pit()
    put(made, MCR, 2)
    put(made, LDVAL, 4)
    put(made, TCTRL, TEN)
    bench.advance(100)
    assert (word(made, TFLG), word(made, CVAL)) == (0, 0)
    put(made, MCR, 0)
    bench.advance(5)
    assert word(made, TFLG) == 1
    put(made, LDVAL + STEP, 4)
    put(made, TCTRL + STEP, TEN | CHN)
    bench.advance(100)
    assert word(made, TFLG + STEP) == 0


def test_a_new_load_value_is_taken_at_the_next_zero_and_a_state_is_taken_back() -> None:
    bench, made = pit()
    put(made, LDVAL, 9)
    put(made, TCTRL, TEN | TIE)
    put(made, LDVAL, 4)
    bench.advance(10)
    assert bench.lines["0"] is True
    put(made, TFLG, 1)
    state = made.save()
    bench.advance(5)
    assert bench.lines["0"] is True
    made.reset()
    assert (bench.lines["0"], word(made, MCR), word(made, LDVAL)) == (False, 2, 0)
    made.restore(state)
    assert (word(made, LDVAL), word(made, TCTRL)) == (4, TEN | TIE)
