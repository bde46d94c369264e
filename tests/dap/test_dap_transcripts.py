"""Recorded sessions, byte for byte: what a client and a GDB said, and what the adapter must say to each of them.

record.py makes them; here neither node nor GDB is needed.
"""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest
from support.dap_link import replay

TRANSCRIPTS = sorted((Path(__file__).parent / "transcripts").glob("*.txt"))


@pytest.mark.parametrize("path", TRANSCRIPTS, ids=lambda path: path.stem)
def test_a_recorded_session_is_answered_with_the_same_bytes(path: Path) -> None:
    recorded, said = replay(path)
    for number, (before, now) in enumerate(itertools.zip_longest(recorded, said)):
        assert now == before, f"line {number} of what the adapter says"
    assert len(recorded) > 20


def test_there_are_transcripts_and_none_names_a_place_of_some_machine() -> None:
    assert len(TRANSCRIPTS) >= 6
    for path in TRANSCRIPTS:
        text = path.read_text(encoding="utf-8")
        assert "/tmp/" not in text and "/root" not in text and "/work" not in text, path.name
