"""Each remedy of a report is applied to its program as it is printed, and the fault must be gone.

The programs are in remedies/; ``REMEDY`` marks the place in front of the access, in the thread that is refused.
Applying is mechanical: statements go to the mark, headers to the top, settings in front of the configuration, options
to the command. Where no remedy is printed, the report says why.
"""

from __future__ import annotations

import functools
import hashlib
import json
import os
import re
from pathlib import Path
from typing import Any

import pytest
from support.arm_gcc import cache_directory
from support.guest_side import guest_digest, guest_objects
from support.report_schema import REPORTS

from emulator.cli.main import main
from rtems_shim.building.toolchain import compile_program

PROGRAMS = Path(__file__).parent / "remedies"
MARK = "/* REMEDY */"

BOTH = ["share", "kernel-opens"]
REMEDIES = {
    "classic_queue": BOTH,
    "earlier_thread": ["share"],
    "ended_write": ["release"],
    "event": BOTH,
    "full_tables": ["share"],
    "made_up_name_taken": ["share"],
    "masked_write": ["share"],
    "mq_receiver": BOTH,
    "mq_sender": BOTH,
    "other_way": ["share"],
    "own_argument": ["share"],
    "pointer_read": ["share"],
    "pointer_write": ["share"],
    "read_only": ["share"],
    "region": BOTH,
    "semaphore": BOTH,
    "share_ended": ["share"],
    "sigwait": BOTH,
    "timer_event": ["kernel-opens"],
    "timer_semaphore": ["kernel-opens"],
    "trailing_blank": ["share"],
}
"""What is advised, in this order."""

REASONS = {
    "ended_read": "no share helps: worker 0x0b010002 has ended, and its variables with it",
    "ended_unjoined": "no share helps: worker 0x0b010002 has ended, and its variables with it",
    "idle_stack": "the idle thread has no part in shares",
    "no_memory": "no share helps: the kernel has no room for one more shared memory object or descriptor",
    "never_started": "NEWT was never started: nothing of it is on its stack yet",
    "ninth_share": "has the stacks of 8 others",
    "overflow": "no share helps: what leaves the stack of diver 0x0b010003 comes here",
    "overrun_below": "no share helps: what leaves the stack of high 0x0b010003 comes here",
    "overrun_constant": "no share helps: what leaves the stack of low 0x0b010002 comes here",
    "overrun_index": "no share helps: what leaves the stack of low 0x0b010002 comes here",
    "overrun_walk": "no share helps: what leaves the stack of low 0x0b010002 comes here",
    "returned_local": "no share helps: below the stack pointer of POSIX_Init 0x0b010001",
    "timer_event": "timer service routine has the map of whom it interrupts, here IDLE; it may use globals",
    "timer_semaphore": "timer service routine has the map of whom it interrupts, here IDLE; it may use globals",
    "timer_write": "timer service routine has the map of whom it interrupts, here IDLE; it may use globals",
}
"""Why no share is advised."""


@functools.cache
def sources_digest() -> str:
    headers = [path.read_bytes() for path in sorted(PROGRAMS.glob("*.h"))]
    return hashlib.sha256(b"\0".join([guest_digest().encode(), *headers])).hexdigest()[:24]


def built(source: str, level: str) -> str:
    """Return the program made of C ``source``, built once for each compiler and guest side."""
    digest = hashlib.sha256(source.encode()).hexdigest()[:24]
    directory = cache_directory() / f"remedies{level}-{sources_digest()}"
    directory.mkdir(exist_ok=True)
    program = directory / f"{digest}.elf"
    if not program.exists():
        code, unfinished = program.with_suffix(f".{os.getpid()}.c"), program.with_suffix(f".{os.getpid()}")
        code.write_text(source, encoding="utf-8")
        undeclared = "-Werror=implicit-function-declaration"  # the headers of a remedy are all that it needs
        arguments = ["-g", level, undeclared, f"-I{PROGRAMS}", str(code), "-o", str(unfinished)]
        assert compile_program(arguments, guest=guest_objects(("-g", level))) == 0
        unfinished.rename(program)
    return str(program)


def run(source: str, capsys: pytest.CaptureFixture[str], *options: str, level: str = "-O2") -> dict[str, Any]:
    """Return the JSON report of the program made of ``source``."""
    program = built(source, level)
    capsys.readouterr()
    main(["run", program, "--report", "json", "--max-instructions", "1000000", *options])
    report: dict[str, Any] = json.loads(capsys.readouterr().err)
    REPORTS.validate(report)
    return report


def place_of(report: dict[str, Any]) -> dict[str, Any]:
    assert report["fault"] is not None, report["headline"]
    place: dict[str, Any] = report["fault"]["place"]
    return place


def applied(source: str, statements: list[str], headers: list[str], needs: list[dict[str, Any]]) -> str:
    """Return ``source`` with a remedy in it."""
    assert source.count(MARK) == 1
    changed = source.replace(MARK, "{ " + " ".join(statements) + " }")
    for need in needs:
        changed = re.sub(rf"#define {need['setting']} .*\n", "", changed)
    settings = "".join(f"#define {need['setting']} {need['at_least']}\n" for need in needs)
    changed = changed.replace('#include "case_config.h"', settings + '#include "case_config.h"')
    return "".join(f"#include <{header}>\n" for header in headers) + changed


AS_IT_IS: dict[str, dict[str, Any]] = {}


def as_it_is(name: str, capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    """Return the report of a program without a remedy, which most tests begin with: it runs once."""
    if name not in AS_IT_IS:
        AS_IT_IS[name] = run(source_of(name), capsys)
    return AS_IT_IS[name]


def source_of(name: str) -> str:
    return (PROGRAMS / f"{name}.c").read_text(encoding="utf-8")


def remedy_of(name: str, kind: str, capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    remedies = place_of(as_it_is(name, capsys))["remedies"]
    return next(remedy for remedy in remedies if remedy["kind"] == kind)


def test_every_program_has_its_expectation():
    assert {path.stem for path in PROGRAMS.glob("*.c")} == set(REMEDIES) | set(REASONS)


@pytest.mark.parametrize("name", sorted({*REMEDIES, *REASONS}))
def test_the_report_advises_what_works_and_says_why_not(name, capsys):
    place = place_of(as_it_is(name, capsys))
    assert [remedy["kind"] for remedy in place["remedies"]] == REMEDIES.get(name, [])
    assert REASONS.get(name, "") in (place["no_share"] or "") and bool(place["no_share"]) == (name in REASONS)


@pytest.mark.parametrize("name", sorted(set(REMEDIES)))
def test_each_remedy_makes_the_fault_go(name, capsys):
    source = source_of(name)
    for remedy in place_of(as_it_is(name, capsys))["remedies"]:
        options = (remedy["option"] or "").split()
        changed = source
        if remedy["statements"]:
            changed = applied(source, remedy["statements"], remedy["headers"], remedy["needs"])
        report = run(changed, capsys, *options)
        assert (report["exit_status"], report["fault"]) == (0, None), (remedy, report["headline"])


@pytest.mark.parametrize("name", sorted(name for name, kinds in REMEDIES.items() if "share" in kinds))
def test_the_share_by_hand_makes_the_fault_go(name, capsys):
    remedy = remedy_of(name, "share", capsys)
    changed = applied(source_of(name), remedy["by_hand"], remedy["by_hand_headers"], remedy["needs"])
    report = run(changed, capsys)
    assert (report["exit_status"], report["fault"]) == (0, None), report["headline"]


@pytest.mark.parametrize(
    ("name", "index"), [("mq_receiver", 0), ("mq_receiver", 1), ("full_tables", 0), ("full_tables", 1)]
)
def test_without_one_of_the_settings_the_share_does_not_help(name, index, capsys):
    remedy = remedy_of(name, "share", capsys)
    assert len(remedy["needs"]) == 2
    needs = [need for number, need in enumerate(remedy["needs"]) if number != index]
    report = run(applied(source_of(name), remedy["statements"], remedy["headers"], needs), capsys)
    assert report["fault"] is not None


@pytest.mark.parametrize("level", ["-O0", "-O1", "-Os"])
@pytest.mark.parametrize("name", ["overrun_walk", "overrun_index", "overrun_constant", "overrun_below"])
def test_an_overrun_is_seen_however_the_compiler_addresses_the_array(name, level, capsys):
    place = place_of(run(source_of(name), capsys, level=level))
    assert place["remedies"] == [] and place["no_share"].startswith("no share helps: what leaves the stack of")


@pytest.mark.parametrize("name", sorted({*REMEDIES, *REASONS}))
def test_the_advice_is_the_same_in_pure_python_and_with_the_audit_back_end(name, capsys, monkeypatch):
    place = place_of(as_it_is(name, capsys))
    assert place_of(run(source_of(name), capsys, "--mpu-backend", "audit")) == place
    monkeypatch.setenv("V7M_PURE_PYTHON", "1")
    assert place_of(run(source_of(name), capsys)) == place


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("other_way", "a share exists the other way: the stack of writer 0x0b010002, rw with POSIX_Init 0x0b010001"),
        ("earlier_thread", "was shared with an earlier thread of the name WORK but not with this one"),
        ("share_ended", "the share was taken away"),
        ("read_only", "the stack of MAIN, which writer 0x0b010002 may only read"),
        ("mq_receiver", "              needs          CONFIGURE_MAXIMUM_FILE_DESCRIPTORS >= 4 (now 3)\n"),
        ("mq_receiver", "                             CONFIGURE_MAXIMUM_POSIX_SHMS >= 1 (now 0)\n"),
        ("mq_receiver", "rtems_share_stack(0x0b010003 /* sensor */, 0x0b010002 /* logger */, PROT_READ | PROT_WRITE);"),
        ("mq_receiver", 'rtems_object_set_name(0x0b010002 /* logger */, "S002"); int fd = shm_open("/taskfs/S002", '),
        ("mq_receiver", "0x0b010002 waits for a message in message queue /q"),
        ("mq_receiver", "              or past it:    v7m run --mode kernel-opens: "),
        ("mq_sender", "ftruncate(fd, 8192); mmap(NULL, 8192, PROT_READ, MAP_SHARED, fd, 0); close(fd);"),
        ("trailing_blank", 'int fd = shm_open("/taskfs/UI1 ", O_CREAT | O_RDWR, 0600);'),
        ("pointer_write", 'shm_open("/taskfs/\\042\\134*/"'),
        ("event", 'rtems_object_set_name(0x0a010003 /* WORK */, "S003"); rtems_share_stack(0x0a010001 /* UI1 */, '),
        ("made_up_name_taken", 'rtems_object_set_name(0x0b010003 /* owner */, "P003"); rtems_share_stack('),
        ("read_only", 'shm_unlink("/taskfs/MAIN"); rtems_share_stack('),
        ("ended_write", "ended at "),
        ("overrun_walk", "right past the end of its own"),
        ("overrun_index", "bytes past the end of its own: low 0x0b010002 overran its stack from a pointer into it"),
        ("overrun_below", "bytes below its own: high 0x0b010003 overran its stack from a pointer into it"),
    ],
)
def test_the_text_says_what_there_is_and_what_is_missing(name, words, capsys):
    program = built(source_of(name), "-O2")
    main(["run", program])
    text = capsys.readouterr().err
    assert words in text


def test_a_program_that_runs_in_the_mode_already_is_not_told_to(capsys):
    place = place_of(run(source_of("pointer_read"), capsys, "--mode", "kernel-opens"))
    assert [remedy["kind"] for remedy in place["remedies"]] == ["share"]


def test_a_local_of_a_thread_that_is_gone_is_said_to_be_its(capsys):
    source = source_of("ended_unjoined").replace("start(worker);", "pthread_join(start(worker), NULL);")
    headline = run(source, capsys)["headline"]
    assert re.search(r"arena, where the stack of worker 0x0b010002 was until [\d,]+: that thread is gone", headline)
