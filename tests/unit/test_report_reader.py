"""A report that is read from its JSON prints what the run printed; what is no report is one line."""

from __future__ import annotations

import copy
import json
import random
from pathlib import Path
from typing import Any

import pytest
from support.small_programs import build_elf

import v7m
from emulator.errors import ConfigError
from emulator.machine.stop import IsolationBroken
from emulator.records import replace
from emulator.trace.report_json import render_json
from emulator.trace.report_reader import report_from
from emulator.trace.report_text import render_text

PREBUILT = Path(__file__).parents[2] / "firmware" / "prebuilt"
BARE = {
    "undefined": "udf #1",
    "null call": "movs r0, #0; blx r0",
    "wild branch": "movw r0, #1; movt r0, #0x6000; bx r0",
    "division": "movw r0, #0xed14; movt r0, #0xe000; mov r1, #0x210; str r1, [r0]; movs r2, #0; sdiv r1, r1, r2",
    "unaligned": "movw r0, #1; movt r0, #0x2000; ldrd r2, r3, [r0]",
    "stacking": "movs r0, #0; msr msp, r0; svc #0",
    "breakpoint": "bkpt #1",
    "system space": "movw r0, #0xed00; movt r0, #0xe000; movs r1, #1; msr control, r1; isb; ldr r2, [r0]",
    "pended": "movw r0, #0xed24; movt r0, #0xe000; mov r1, #0x42000; str r1, [r0]; dsb; isb; b .",
    "asleep": "wfi; b .",
    "vector": "movw r0, #0xed08; movt r0, #0xe000; mov r1, #0x60000000; str r1, [r0]; svc #0",
    "exit code": "b .",
}


def check(result: v7m.Result) -> None:
    report = report_from(json.loads(result.json), "x")
    assert render_text(report) == result.text
    assert render_json(report, result.exit_status) == result.json


@pytest.mark.parametrize("name", sorted(path.stem for path in PREBUILT.glob("*.elf")))
def test_what_an_application_printed_is_printed_again(name):
    check(v7m.run(PREBUILT / f"{name}.elf", max_instructions=3_000_000, why=True))


@pytest.mark.parametrize("name", sorted(BARE))
@pytest.mark.parametrize("handler", ["b .", "udf #2"])
def test_what_a_bare_program_left_is_printed_again(name, handler, tmp_path):
    elf = tmp_path / "bare.elf"
    elf.write_bytes(build_elf(BARE[name], handler))
    check(v7m.run(elf, max_instructions=1000, why=True))


@pytest.mark.parametrize("rights", range(1, 8))
def test_what_an_audit_of_isolation_found_is_printed_again(rights):
    report = v7m.run(PREBUILT / "stack_isolation.elf").report
    assert report.fault is not None and report.fault.explanation is not None
    broken = IsolationBroken(
        report.time, "0x01", 0x20008000, 0x2000A000, rights, True, rights == 3, "the stack of 0x02", "a switch",
        report.fault.explanation, {5: "stacks"},
    )  # fmt: skip
    changed = replace(report, fault=None, isolation=broken)
    again = report_from(json.loads(render_json(changed, 3)), "x")
    assert render_text(again) == render_text(changed) and again.isolation is not None
    assert again.isolation.rights == rights and render_json(again, 3) == render_json(changed, 3)


def paths(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Return where every value within ``value`` is."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(found for key, member in inner for found in paths(member, (*path, key)))]


def test_a_report_with_anything_else_in_it_is_read_or_refused_in_one_line():
    members = json.loads(v7m.run(PREBUILT / "matrix_c_read_only_share.elf", why=True).json)
    places = [path for path in paths(members) if path]
    chance = random.Random(7)
    refused = 0
    for path in chance.sample(places, 250):
        changed = copy.deepcopy(members)
        holder = changed
        for key in path[:-1]:
            holder = holder[key]
        if chance.random() < 0.3:
            del holder[path[-1]]
        else:
            holder[path[-1]] = chance.choice([None, "", "x\x1b[31m", -1, 10**30, [], {}, 1.5, True, [[None]]])
        try:
            render_text(report_from(changed, "x"))
        except ConfigError as error:
            refused += 1
            assert "\n" not in str(error) and str(error).startswith("x is a report of which a part makes no sense: ")
    assert refused > 100
