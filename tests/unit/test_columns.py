"""The columns of tables, where names are in scripts whose characters take two columns of a terminal, or none."""

from __future__ import annotations

import pytest

from emulator.columns import aligned, width_of


@pytest.mark.parametrize(
    ("text", "width"),
    [
        ("", 0),
        ("logger", 6),
        ("grüße", 5),
        ("gru\u0308n", 4),
        ("任务", 4),
        ("センサー", 8),
        ("ｾﾝｻｰ", 4),
        ("задача", 6),
        ("a\u200bb", 2),
    ],
)
def test_a_text_is_as_wide_as_a_terminal_shows_it(text: str, width: int) -> None:
    assert width_of(text) == width


def test_cells_of_a_column_begin_or_end_at_one_place_of_the_terminal() -> None:
    rows = [("thread", "used", "at the end"), ("任务一", "8", "waits"), ("logger-1", "1,024", "")]
    assert list(aligned(rows, right=(1,))) == [
        "thread     used  at the end",
        "任务一        8  waits",
        "logger-1  1,024",
    ]
