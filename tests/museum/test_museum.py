"""Each program of the museum has its bug, and what README.md says finds it, does."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from support.arm_gcc import build

from emulator.harness.machine import run
from emulator.harness.result import Result

MUSEUM = Path(__file__).parent
FLAGS = ("-nostdlib", "-Wl,--section-start=.vectors=0", "-Wl,-Ttext=0x100", "-Wl,-e,reset", "-Wl,--build-id=none")
KIB = 1024
EXCESS = {
    "subregions": ("first", 0x2000_3400, 1 * KIB, False, 1),
    "rounded": ("first", 0x2000_3400, 3 * KIB, False, 1),
    "overlap": ("first", 0x2000_2400, 1 * KIB, False, 3),
    "misaligned": ("first", 0x2000_2000, 4 * KIB, False, 1),
    "privdefena": ("the exception handler", 0x0000_4000, 0x1FFF_C000, True, None),
}
"""Who can reach what, with privilege or not, and by which region."""


def exhibit(name: str, *, rules: bool = False, **options: object) -> Result:
    elf = build([MUSEUM / f"{name}.S"], "m4f", flags=FLAGS)
    chosen = {"isolation_rules": str(MUSEUM / f"{name}.rules.toml")} if rules else {}
    return run(elf, **chosen, **options)


@pytest.mark.parametrize("name", sorted(EXCESS))
def test_the_audit_names_what_a_wrong_map_opens(name: str) -> None:
    who, start, size, privileged, region = EXCESS[name]
    result = exhibit(name, rules=True)
    broken = result.report.isolation
    assert result.outcome == "isolation" and broken is not None
    assert (broken.who, broken.start, broken.end - broken.start) == (who, start, size)
    assert (broken.privileged, broken.is_missing, broken.explanation.region) == (privileged, False, region)


@pytest.mark.parametrize("name", sorted(EXCESS.keys() - {"privdefena"}))
def test_it_is_found_at_the_first_switch(name: str) -> None:
    broken = exhibit(name, rules=True).report.isolation
    assert broken is not None
    returns = [line["t"] for line in exhibit(name, trace=True).trace if line["kind"] == "return"]
    assert broken.time == returns[0]


NOTICES = {
    "basepri": "msr basepri, r1 did nothing, as unprivileged code executed it: critical+0x6 ",
    "misaligned": "MPU region 1 begins at 0x20002000, not at 0x20003000, which is no multiple of its size (8 KiB)",
    "pending_svc": "SVCall, whose stacking at 0x20000400 failed at 76, was taken at 107 on another stack",
}
"""What a plain run says at its end."""


@pytest.mark.parametrize("name", sorted({*EXCESS, "fp_frame", *NOTICES}))
def test_a_plain_run_ends_well_and_says_what_it_notices(name: str) -> None:
    result = exhibit(name)
    assert result.outcome == ("failure" if name == "pending_svc" else "success")
    warnings = result.report.warnings
    assert len(warnings) == (name in NOTICES) and all(NOTICES[name] in warning for warning in warnings)


@pytest.mark.parametrize("name", ["fp_frame", "basepri"])
def test_what_is_no_question_of_the_map_is_not_found_by_the_audit(name: str) -> None:
    assert exhibit(name, rules=True).outcome == "success"


def test_the_frame_that_was_never_written_is_a_stacking_fault_in_the_trace() -> None:
    lines = exhibit("fp_frame", trace=True).trace
    faults = [(line["cause"], line["access"]) for line in lines if line["kind"] == "fault"]
    assert faults == [("MSTKERR", "write")]


def test_a_call_that_the_second_task_never_made_is_in_the_calls_of_the_report() -> None:
    result = exhibit("pending_svc", trace=True, rules=True)
    assert (result.outcome, result.exit_code) == ("failure", 1)
    assert "SVCall interrupted waits " in result.text
    assert [line["cause"] for line in result.trace if line["kind"] == "fault"] == ["MSTKERR"]


def test_the_tick_comes_where_basepri_was_to_hold_it_off() -> None:
    lines = exhibit("basepri", trace=True).trace
    assert any(
        line["kind"] == "exception" and line["exception"] == 15 and line["return_address_symbol"].startswith("critical")
        for line in lines
    )


def test_every_program_is_in_the_table_and_has_rules() -> None:
    table = (MUSEUM / "README.md").read_text()
    names = {path.stem for path in MUSEUM.glob("*.S")}
    assert (
        {name for name in names if f"| `{name}` |" in table} == names == {*EXCESS, "fp_frame", "pending_svc", "basepri"}
    )
    assert {path.name.partition(".")[0] for path in MUSEUM.glob("*.rules.toml")} == names


def test_the_report_in_json_says_the_same() -> None:
    found = json.loads(exhibit("rounded", rules=True).json)
    assert found["exit_status"] == 3
    isolation = found["isolation"]
    assert (isolation["kind"], isolation["rights"]) == ("excess", "read and write")
    assert isolation["mpu"]["region"] == 1
