"""Chrome's trace events in speedscope, a viewer of that format, in a real browser: each track, and the time in it."""

from __future__ import annotations

import json
from collections import defaultdict
from pathlib import Path

import pytest
from playwright.sync_api import sync_playwright
from support.npm_packages import installed
from support.tools import require_tool

from emulator.cli.main import main
from v7m import Machine

HERE = Path(__file__).parent
PREBUILT = HERE.parents[1] / "firmware" / "prebuilt"
ROWS = "rows => rows.map(row => [...row.cells].map(cell => cell.innerText))"
UNITS = (("ns", 1e-3), ("ms", 1e3), ("µs", 1.0), ("s", 1e6))


def microseconds(shown: str) -> tuple[float, float]:
    """Return the time that speedscope has written, and how much it may have been rounded by."""
    unit, size = next((unit, size) for unit, size in UNITS if shown.endswith(unit))
    return float(shown.removesuffix(unit)) * size, 0.0051 * size


def expected(trace: Path) -> list[tuple[str, int]]:
    """Return the name of each track that has slices, as speedscope names tracks, and the sum of its slices in us."""
    names, sums = {}, defaultdict(int)
    for event in json.loads(trace.read_text())["traceEvents"]:
        place = event["pid"], event["tid"]
        if event["ph"] == "M" and event["name"].endswith("_name"):
            names[event["name"], *place] = event["args"]["name"]
        elif event["ph"] == "X":
            sums[place] += event["dur"]
    tracks = []
    for (pid, tid), duration in sorted(sums.items()):
        process, thread = names["process_name", pid, 0], names["thread_name", pid, tid]
        tracks.append((f"{process} (pid {pid}), {thread} (tid {tid})", duration))
    return tracks


@pytest.mark.parametrize("name", ["share_revoked", "deadlock", "bare_switch"])
def test_speedscope_shows_each_track_with_its_time(name: str, tmp_path: Path) -> None:
    viewer = installed(HERE / "speedscope") / "node_modules" / "speedscope" / "dist" / "release" / "index.html"
    trace, exported = tmp_path / "trace.jsonl", tmp_path / "trace.json"
    with Machine(PREBUILT / f"{name}.elf") as machine:
        trace.write_text(machine.run(trace=True).trace_text)
    assert main(["export", str(trace), "--format", "chrome", "-o", str(exported)]) == 0
    said: list[str] = []
    with sync_playwright() as playwright:
        options = ["--no-sandbox", "--allow-file-access-from-files"]
        browser = playwright.chromium.launch(executable_path=require_tool("chromium"), args=options)
        page = browser.new_page()
        page.on("pageerror", lambda error: said.append(str(error)))
        page.goto(viewer.as_uri())
        page.set_input_files("input[type=file]", exported)
        page.get_by_text("(1/").click()
        page.get_by_text("Total Weight").wait_for()
        rows = page.eval_on_selector_all("table:has-text('Total Weight') tr", ROWS)
        browser.close()
    tracks = expected(exported)
    assert [row[1] for row in rows[1:]] == [name for name, _ in tracks]
    for (_, _, written), (_, duration) in zip(rows[1:], tracks, strict=True):
        time, rounding = microseconds(written)
        assert abs(time - duration) <= rounding
    assert said == []
