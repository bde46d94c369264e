"""CTF as babeltrace2 reads it: every event of the trace, in its order, with the kernel's names for switches."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
from support.tools import require_tool

from emulator.cli.main import main
from v7m import Machine

PREBUILT = Path(__file__).parents[2] / "firmware" / "prebuilt"
EVENT = re.compile(r"\[\d\d:\d\d:(\d\d)\.(\d{9})\] \(\S+\) v7m (\S+): \{ cpu_id = 0 \}, \{ (.*) \}$")


def exported(name: str, place: Path) -> tuple[list[dict[str, Any]], list[tuple[int, str, str]]]:
    """Return the trace's events, and what babeltrace2 reads of the export as (time, name, fields)."""
    tool = require_tool("babeltrace2")
    with Machine(PREBUILT / f"{name}.elf") as machine:
        text = machine.run(trace=True).trace_text
    (place / "t.jsonl").write_text(text)
    assert main(["export", str(place / "t.jsonl"), "--format", "ctf", "-o", str(place / "ctf")]) == 0
    told = subprocess.run([tool, "--clock-gmt", str(place / "ctf")], capture_output=True, text=True, check=True)
    assert told.stderr == ""
    events = []
    for line in told.stdout.splitlines():
        found = EVENT.match(line)
        assert found is not None, line
        events.append((int(found[1] + found[2]), found[3], found[4]))
    return [json.loads(line) for line in text.splitlines()[1:-1]], events


@pytest.mark.parametrize("name", ["stack_sharing", "share_revoked", "bare_switch"])
def test_babeltrace_reads_every_event_at_its_time(name: str, tmp_path: Path) -> None:
    lines, events = exported(name, tmp_path)
    kernel = {
        "switch": "sched_switch",
        "exception": "irq_handler_entry",
        "return": "irq_handler_exit",
        "wake": "sched_wakeup",
    }
    assert [(time, kind) for time, kind, _ in events] == [
        (line["t"], kernel.get(line["kind"], f"v7m_{line['kind']}")) for line in lines
    ]
    active: list[str] = []
    for _, kind, fields in events:
        if kind == "irq_handler_entry":
            active.append(fields.partition(",")[0])
        elif kind == "irq_handler_exit":
            assert active.pop() == fields.partition(",")[0], "handlers are left as they were entered"


def test_switches_are_those_of_a_kernel_tracer(tmp_path: Path) -> None:
    lines, events = exported("share_revoked", tmp_path)
    switches = [fields for _, kind, fields in events if kind == "sched_switch"]
    expected = [line for line in lines if line["kind"] == "switch"]
    assert len(switches) == len(expected) > 5
    names = {
        line["thread"]: line["name"] or line["thread_name"] for line in lines if line["kind"] in ("thread", "name")
    }
    for fields, line in zip(switches, expected, strict=True):
        assert f'next_comm = "{names[line["heir"]]}"' in fields
        tid = 0 if line["heir_name"] == "IDLE" else int(line["heir"], 16)
        assert f"next_tid = {tid}," in fields
        assert re.search(r"prev_prio = \d+, prev_state = (0|1|16|1026),", fields)
    idle = [fields for fields in switches if 'prev_comm = "IDLE"' in fields]
    assert idle and all("prev_tid = 0, prev_prio = 255, prev_state = 1026" in fields for fields in idle)
    waiting = next(fields for fields in switches if 'next_comm = "IDLE"' in fields)
    assert "prev_state = 1," in waiting
    irq = next(fields for _, kind, fields in events if kind == "irq_handler_entry" and "SysTick" in fields)
    assert irq == 'irq = 15, name = "SysTick"'
    (fault,) = [fields for _, kind, fields in events if kind == "v7m_fault"]
    assert 'line = "firmware/share_revoked/main.c:27"' in fault and 'thread = "0x02"' in fault


def test_the_directory_is_its_own_and_the_bytes_are_the_same(tmp_path: Path, capfd: Any) -> None:
    exported("stack_sharing", tmp_path)
    before = {path.name: path.read_bytes() for path in (tmp_path / "ctf").iterdir()}
    assert set(before) == {"metadata", "stream_0"} and before["metadata"].startswith(b"/* CTF 1.8 */")
    exported("stack_sharing", tmp_path)
    assert before == {path.name: path.read_bytes() for path in (tmp_path / "ctf").iterdir()}
    capfd.readouterr()
    for place in (tmp_path, tmp_path / "t.jsonl"):
        assert main(["export", str(tmp_path / "t.jsonl"), "--format", "ctf", "-o", str(place)]) == 2
        assert capfd.readouterr().err.count("\n") == 1
    assert (tmp_path / "t.jsonl").stat().st_size > 1000


EVIL = 'a"; }; event { name = "x\\\n\u2603\x00' + "\udc80"


def test_what_a_program_says_breaks_nothing(tmp_path: Path) -> None:
    tool = require_tool("babeltrace2")
    with Machine(PREBUILT / "stack_sharing.elf") as machine:
        lines = [json.loads(line) for line in machine.run(trace=True).trace_text.splitlines()]
    lines[0]["program"] = EVIL
    for line in lines:
        if line["kind"] == "name":
            line["name"] = EVIL
        if line.get("line"):
            line["line"] = EVIL
    (tmp_path / "t.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    assert main(["export", str(tmp_path / "t.jsonl"), "--format", "ctf", "-o", str(tmp_path / "ctf")]) == 0
    told = subprocess.run([tool, str(tmp_path / "ctf")], capture_output=True, check=True)
    assert told.stdout.count(b" v7m ") >= len(lines) - 2
