"""Twenty runs of one program, eight at a time, leave the same bytes: console, report and trace."""

from __future__ import annotations

from bench.one_hash import hashes


def test_runs_under_load_are_one_run() -> None:
    found = hashes(20)
    assert len(found) == 1 and found.total() == 20
