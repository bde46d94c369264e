"""The audit of isolation: planted leaks in the kernel's maps are found, and a map that is right is never accused."""

from __future__ import annotations

import itertools
import random
import re
import textwrap
from pathlib import Path
from typing import Any

import pytest
from support.small_programs import CODE, exit_with, write_elf

from emulator.armv7m.mpu import CTRL_ENABLE, MPU
from emulator.asm import assemble
from emulator.cli.main import main
from emulator.harness.case_runs import compile_sources
from emulator.harness.machine import Machine, run
from emulator.harness.result import Result
from emulator.isolation import auditor
from emulator.isolation.spans import ADDRESS_SPACE, Span, first_excess, rights_in, union, without_ppb
from emulator.machine.stop import IsolationBroken
from rtems_shim.protection import memory_maps
from rtems_shim.protection.memory_maps import MapKeeper
from rtems_shim.protection.protection import Protection
from rtems_shim.protection.region_layout import Entry, Role

ROOT = Path(__file__).parents[2]
PREBUILT = ROOT / "firmware" / "prebuilt"


# -- spans against bytes -----------------------------------------------------------------------------------------------

SMALL = 24


def random_spans(rng: random.Random) -> list[Span]:
    return union((rng.randrange(SMALL), rng.randrange(SMALL + 1), rng.randrange(8)) for _ in range(rng.randrange(6)))


def rights_of(spans: list[Span], address: int) -> int:
    return next((rights for start, end, rights in spans if start <= address < end), 0)


def check_first_excess(rng: random.Random) -> None:
    granted, allowed = random_spans(rng), random_spans(rng)
    beyond = [rights_of(granted, byte) & ~rights_of(allowed, byte) for byte in range(SMALL + 1)]
    found = first_excess(granted, allowed)
    first = next((byte for byte, rights in enumerate(beyond) if rights), None)
    if first is None:
        assert found is None
        return
    end = first
    while beyond[end] == beyond[first]:
        end += 1
    assert found == (first, end, beyond[first])


def test_the_first_excess_is_that_of_a_look_at_each_byte() -> None:
    for seed in range(1000):
        check_first_excess(random.Random(seed))


@pytest.mark.parametrize("seed", range(5))
def test_a_union_has_the_rights_of_all_that_hold_a_byte(seed: int) -> None:
    rng = random.Random(seed)
    given = [(rng.randrange(SMALL), rng.randrange(SMALL + 1), rng.randrange(8)) for _ in range(6)]
    joined = union(given)
    for byte in range(SMALL):
        expected = 0
        for start, end, rights in given:
            expected |= rights if start <= byte < end else 0
        assert rights_of(joined, byte) == expected
        assert rights_in(joined, byte, 1) == expected
    assert all(first[1] < second[0] or first[2] != second[2] for first, second in itertools.pairwise(joined))


def test_rights_in_a_range_are_those_of_all_its_bytes() -> None:
    spans = [(0, 4, 3), (4, 8, 1), (10, 12, 7)]
    assert [rights_in(spans, 2, 2), rights_in(spans, 2, 4), rights_in(spans, 6, 4), rights_in(spans, 10, 2)] == [
        3,
        1,
        0,
        7,
    ]


def test_the_private_peripheral_bus_is_no_question() -> None:
    assert without_ppb([(0xDFFF_0000, ADDRESS_SPACE, 3)]) == [
        (0xDFFF_0000, 0xE000_0000, 3), (0xE010_0000, ADDRESS_SPACE, 3),
    ]  # fmt: skip
    mpu = MPU(8)
    mpu.set_control(CTRL_ENABLE)
    assert without_ppb(mpu.rights_map(True)) == []


# -- leaks that are planted --------------------------------------------------------------------------------------------


def audited(name: str, **options: Any) -> Result:
    return run(PREBUILT / f"{name}.elf", check_isolation=True, **options)


def broken(result: Result) -> IsolationBroken:
    assert result.outcome == "isolation", result.headline
    assert result.exit_status == 3
    found = result.report.isolation
    assert found is not None and result.headline.startswith("Isolation: ")
    return found


def plant_in_words(monkeypatch: pytest.MonkeyPatch, role: Role, change: Any) -> None:
    right = Entry.words

    def words(entry: Entry) -> tuple[int, int]:
        rbar, rasr = right(entry)
        return change(rbar, rasr) if entry.role is role else (rbar, rasr)

    monkeypatch.setattr(Entry, "words", words)


def first_switch_to_stacks(name: str) -> int:
    """Return when the program switches first while somebody else has a stack that could be open."""
    lines = run(PREBUILT / f"{name}.elf", trace=True, trace_filter="kind=switch").trace
    return int(next(line["t"] for line in lines if line["kind"] == "switch"))


def test_a_subregion_of_a_closed_region_that_is_open_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    plant_in_words(monkeypatch, Role.CLOSED, lambda rbar, rasr: (rbar, rasr | 0x8000))
    found = broken(audited("stack_sharing"))
    assert found.rights == 3 and not found.is_missing and "stack" in found.place
    # Below the closed region that should have decided is the RAM's.
    assert found.labels[found.explanation.region] == "RAM"
    assert found.time <= first_switch_to_stacks("stack_sharing")


def test_a_share_that_may_be_read_only_and_can_be_written_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    plant_in_words(monkeypatch, Role.SHARE, lambda rbar, rasr: (rbar, rasr & ~(7 << 24) | 3 << 24))
    found = broken(audited("read_only_share_read"))
    assert (found.rights, found.is_missing, found.place) == (2, False, "stack of 0x01")
    assert found.moment.startswith("mmap, called by ")


def test_code_in_a_stack_that_could_be_executed_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    plant_in_words(monkeypatch, Role.OWN, lambda rbar, rasr: (rbar, rasr & ~(1 << 28)))
    found = broken(audited("stack_sharing"))
    assert (found.who, found.rights) == ("POSIX_Init 0x0b010001", 4)


def test_a_right_of_unprivileged_code_alone_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    device = 0x4000_0000
    plant_in_words(
        monkeypatch, Role.AREA, lambda rbar, rasr: (rbar, rasr & ~(7 << 24) | 3 << 24 if rbar == device else rasr)
    )
    found = broken(audited("hello"))
    assert (found.start, found.end, found.privileged, found.place) == (device, 0x6000_0000, False, "peripherals")


def test_a_map_that_a_switch_leaves_in_the_mpu_is_found_there(monkeypatch: pytest.MonkeyPatch) -> None:
    right = MapKeeper.switch_to

    def switch_to(keeper: MapKeeper, thread: Any) -> None:
        if thread is None or keeper.thread is None or thread.name != "0x01":
            right(keeper, thread)
        else:
            keeper.thread = thread

    monkeypatch.setattr(MapKeeper, "switch_to", switch_to)
    result = audited("stack_sharing")
    found = broken(result)
    assert (found.who, found.moment) == ("0x01", "the switch from Init to 0x01")
    lines = run(PREBUILT / "stack_sharing.elf", trace=True, trace_filter="kind=switch").trace
    assert found.time == next(line["t"] for line in lines if line.get("heir_name") == "0x01")


def test_a_share_that_is_taken_away_from_who_executes_but_stays_in_the_map_is_found(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refresh_not(keeper: MapKeeper) -> None:
        keeper._single = None

    right = Protection.end_thread

    def end_thread(protection: Protection, thread: Any) -> None:
        with monkeypatch.context() as patch:
            patch.setattr(MapKeeper, "refresh", refresh_not)
            right(protection, thread)

    monkeypatch.setattr(Protection, "end_thread", end_thread)
    found = broken(audited("stack_sharing"))
    assert found.moment.startswith("thread_exit, called by 0x02") or "0x02" in found.moment
    assert found.who == "0x02" and found.place == "stack of 0x01"


def test_an_interrupt_stack_that_the_map_lacks_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory_maps, "_words", lambda entry: (0, 0) if entry and _is_ram(entry) else _words(entry))
    found = broken(audited("hello"))
    assert found.is_missing and found.rights == 3


def _is_ram(entry: Entry) -> bool:
    return entry.role is Role.AREA and getattr(entry.subject, "label", "") == "RAM"


_words = memory_maps._words


def test_an_access_that_the_policy_allows_and_that_is_refused_for_good_is_found(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    plant_in_words(monkeypatch, Role.SHARE, lambda rbar, rasr: (rbar, rasr & ~1))
    monkeypatch.setattr(MapKeeper, "resolve", lambda keeper, address, access, pc: False)
    found = broken(audited("read_only_share_read"))
    assert (found.is_missing, found.rights, found.place) == (True, 1, "stack of 0x01")
    assert found.moment.startswith("DACCVIOL of the instruction at 0x")


# -- what is right -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["stack_sharing", "unprivileged_isolation", "matrix_j_ninth_share", "share_revoked"])
def test_an_audited_run_is_the_same_run(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    plain, watched = (run(PREBUILT / f"{name}.elf", trace=True, check_isolation=check) for check in (False, True))
    assert watched.outcome != "isolation"
    assert (plain.console, plain.json, plain.trace_text) == (watched.console, watched.json, watched.trace_text)
    monkeypatch.setenv("V7M_PURE_PYTHON", "1")
    again = run(PREBUILT / f"{name}.elf", trace=True, check_isolation=True)
    assert (again.console, again.json, again.trace_text) == (watched.console, watched.json, watched.trace_text)


def test_a_machine_that_is_run_again_is_audited_again(monkeypatch: pytest.MonkeyPatch) -> None:
    with Machine(PREBUILT / "read_only_share_read.elf", check_isolation=True) as machine:
        assert machine.run().outcome == "success"
        plant_in_words(monkeypatch, Role.SHARE, lambda rbar, rasr: (rbar, rasr & ~(1 << 28)))
        assert broken(machine.run()).rights == 4


def test_the_same_question_is_asked_once(monkeypatch: pytest.MonkeyPatch) -> None:
    rules = str(ROOT / "firmware" / "bare_switch" / "rules.toml")
    asked = []
    right = auditor.first_excess
    monkeypatch.setattr(auditor, "first_excess", lambda *spans: asked.append(0) or right(*spans))
    result = run(PREBUILT / "bare_switch.elf", trace=True, isolation_rules=rules)
    switches = sum(line["kind"] == "return" and line["exception"] == 14 for line in result.trace)
    assert result.outcome == "success" and switches > 100
    assert len(asked) == 3 * 4  # three tasks, in both views: too much, and too little


# -- a program that is its own kernel ----------------------------------------------------------------------------------

TWO_REGIONS = """
    movw r0, #0xED94
    movt r0, #0xE000
    movs r1, #0x10
    movw r2, #0x002B        // 4 MiB from 0
    movt r2, #0x0300
    strd r1, r2, [r0, #8]
    movs r1, #0x11
    movt r1, #0x2000
    movt r2, #0x1300        // 4 MiB of RAM
    strd r1, r2, [r0, #8]
    movs r1, #1
    str r1, [r0]
"""
ON_PSP = """
    movw r2, #0x7000
    movt r2, #0x2000
    msr psp, r2
    movs r2, #2
    msr control, r2
    isb
"""
MANY_STORES = """
    movs r4, #100
again:
    movs r1, #3             // HFNMIENA: for tasks the same
    cmp r4, #0
    it eq
    moveq r1, #{last}
"""
AND_BACK = """
    str r1, [r0]
    movs r1, #1
    str r1, [r0]
    subs r4, r4, #1
    bpl again
"""
"""The store that is the last one of many: the C half has learned to make them."""
RULES = """
[everyone]
"0+0x400000" = "rwx"
"0x20000000 to 0x20400000" = "rw"
[task.only]
stack = "0x20006000+0x1000"
privileged = true
"""


@pytest.mark.parametrize("pure", [False, True])
def test_a_store_to_mpu_ctrl_is_found_though_the_next_one_takes_it_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, pure: bool
) -> None:
    if pure:
        monkeypatch.setenv("V7M_PURE_PYTHON", "1")
    rules = tmp_path / "rules.toml"
    rules.write_text(RULES)
    before = TWO_REGIONS + ON_PSP + MANY_STORES
    program = write_elf(tmp_path / "p.elf", before.format(last=3) + AND_BACK + exit_with(0))
    assert run(program, isolation_rules=str(rules)).outcome == "success"
    off = write_elf(tmp_path / "p.elf", before.format(last=0) + AND_BACK + exit_with(0))
    found = broken(run(off, isolation_rules=str(rules)))
    assert (found.who, found.start, found.privileged, found.rights) == ("only", 0x40_0000, True, 7)
    assert found.time > 500
    store = CODE + len(assemble(before.format(last=0), CODE))
    assert found.moment == f"a store to the MPU at 0x{store:08x}"


def test_a_task_that_should_not_run_privileged_is_found_though_its_map_is_the_same(tmp_path: Path) -> None:
    rules = tmp_path / "rules.toml"
    rules.write_text(RULES.replace("privileged = true\n", ""))
    program = write_elf(tmp_path / "p.elf", TWO_REGIONS + ON_PSP + MANY_STORES.format(last=3) + AND_BACK + exit_with(0))
    result = run(program, isolation_rules=str(rules))
    found = broken(result)
    assert (found.who, found.start, found.end, found.rights) == ("only", 0xE000_0000, 0xE010_0000, 3)
    assert found.privileged and not found.is_missing
    assert result.headline == (
        "Isolation: only runs privileged, which it may not: it can read and write 0xe0000000..0xe00fffff (1 MiB)."
    )


STORES = """
#include <stdlib.h>
#include <rtems.h>
void *POSIX_Init(void *argument)
{
  volatile unsigned *control = (volatile unsigned *) 0xE000ED94;
  for (int i = 100; i >= 0; i--) {
    *control = i == LAST ? 0 : 3;
    *control = 1;
  }
  (void) argument;
  exit(0);
}
#define CONFIGURE_APPLICATION_NEEDS_CLOCK_DRIVER
#define CONFIGURE_POSIX_INIT_THREAD_TABLE
#define CONFIGURE_INIT
#include <rtems/confdefs.h>
"""
"""Many stores to MPU_CTRL, which the C half makes; the last but one of them may turn the MPU off."""


def test_a_thread_that_turns_the_mpu_off_for_an_instruction_is_found(tmp_path: Path) -> None:
    for last, outcome in ((-1, "success"), (0, "isolation")):
        (tmp_path / "stores.c").write_text(STORES)
        compile_sources(["stores.c"], ("-O2", f"-DLAST={last}"), tmp_path, tmp_path / "stores.elf")
        result = run(tmp_path / "stores.elf", check_isolation=True)
        assert result.outcome == outcome, result.headline
    found = broken(result)
    assert found.who == "POSIX_Init 0x0b010001" and found.moment.startswith("a store to the MPU at 0x")


def test_a_task_that_gave_itself_another_stack_is_none_of_the_rules(tmp_path: Path) -> None:
    rules = tmp_path / "rules.toml"
    rules.write_text(RULES.replace("0x20006000+", "0x20004000+"))
    code = TWO_REGIONS + ON_PSP + "svc #0\n" + exit_with(0)
    found = broken(run(write_elf(tmp_path / "p.elf", code, "bx lr"), isolation_rules=str(rules)))
    assert found.who == "code on the stack at 0x20006fe0, no task of the rules,"
    assert found.moment.startswith("code up to 0x")  # CONTROL was changed since the last look


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("task", "is not TOML"),
        ("", "is empty"),
        ("x = 1", "x: is no key of rules. There are current, everyone"),
        ("\n", "task: names no task"),
        ("[task.a]", "task.a: has neither stack nor current"),
        ("[task.a]\ncurrent = 1", "task.a.current: needs current at the top"),
        ('[task.a]\nstack = "nowhere"', "task.a.stack: 'nowhere' is no section, and no symbol that has a size"),
        ('[task.a]\nstack = "main"\nmay = { main = "rz" }', 'task.a.may.main: is rights such as "rw"'),
        ('[task.a]\nstack = "0x10+0"', "task.a.stack: '0x10+0' has no bytes"),
        ('[task.a]\nstack = "16 to 0x100000001"', "task.a.stack: 0x100000001 is no address"),
        ('[task.a]\nstack = "what to 5"', "task.a.stack: 'what' is no symbol of p.elf"),
        ('[task.a]\nstack = "main"\nlazy = 3', "task.a.lazy: is true or false"),
        ("current = [1]\n[task.a]", "current: is an address, or the name of a word"),
        ("everyone = 3\n[task.a]", "everyone: is a table"),
        ("task.a = 3", "task.a: is a table"),
    ],
)
def test_a_file_of_rules_that_is_wrong_is_refused_in_one_line(
    tmp_path: Path, capfd: Any, text: str, words: str
) -> None:
    (tmp_path / "rules.toml").write_text(text)
    program = write_elf(tmp_path / "p.elf", exit_with(0))
    assert main(["run", str(program), "--isolation-rules", str(tmp_path / "rules.toml")]) == 2
    said = capfd.readouterr().err
    assert words in said and said.count("\n") == 1


def test_names_of_places_are_sections_symbols_and_those_of_the_file(tmp_path: Path) -> None:
    rules = tmp_path / "rules.toml"
    rules.write_text(RULES + '[places]\nhere = "handler"\n[handlers]\nmain = "r"\nhere = "r"\n')
    assert run(write_elf(tmp_path / "p.elf", exit_with(0)), isolation_rules=str(rules)).outcome == "success"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["bare_switch.elf", "--check-isolation"], "bare_switch.elf is a bare program. Say with --isolation-rules"),
        (["hello.elf", "--isolation-rules", "README.md"], "--isolation-rules is for bare programs"),
        (["bare_switch.elf", "--isolation-rules", "no.toml"], "no.toml does not exist"),
    ],
)
def test_what_cannot_be_audited_is_refused(arguments: list[str], words: str, capfd: Any) -> None:
    program, *options = arguments
    assert main(["run", str(PREBUILT / program), *options]) == 2
    assert words in capfd.readouterr().err


def test_the_document_shows_what_the_command_prints(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: Any
) -> None:
    text = (ROOT / "docs" / "isolation.md").read_text()
    file = re.search(r"<!-- file: (.*?) -->\n\n((?:    .*\n|\n)*)", text)
    shown = re.search(r"    \$ v7m (run .*bare_switch.*)\n((?:    .*\n)*?)    \.\.\.\n", text)
    assert file is not None and shown is not None
    (tmp_path / file[1]).write_text(textwrap.dedent(file[2]))
    (tmp_path / "firmware").symlink_to(ROOT / "firmware")
    monkeypatch.chdir(tmp_path)
    assert main(shown[1].split()) == 3
    assert textwrap.dedent(shown[2]) in capfd.readouterr().err
