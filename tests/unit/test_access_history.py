"""The access table: made from events, bounded, and printed with every right and what began and ended it."""

from __future__ import annotations

import pytest
from support.machines import bench

from emulator.cli.threads import render_table
from emulator.debuginfo.source import SourceLine
from emulator.image.image import Image, Segment, SymbolTable
from emulator.machine.events import ThreadCreated, ThreadNamed
from emulator.machine.stop import Exited
from emulator.trace.call_lines import plain
from emulator.trace.report import Report, build_report
from rtems_shim.core.events import ThreadEnded, TrapCall
from rtems_shim.protection.share_events import ShareMade, ShareRemoved, StackProtected, StackReleased
from rtems_shim.report.access_history import SHARE_LIMIT, STACK_LIMIT, AccessHistory

IDLE, INIT, WORKER = 0x0901_0001, 0x0B01_0001, 0x0B01_0002


def table_of(*events: object) -> AccessHistory:
    table = AccessHistory()
    for event in events:
        table(event)  # type: ignore[arg-type]
    return table


def thread(time: int, identifier: int, name: str, base: int = 0x2000_0000) -> list[object]:
    return [
        StackProtected(time, identifier, name or f"0x{identifier:08x}", base, 4096),
        ThreadCreated(time, identifier, name, 0x101, base, 4096, 1, 0),
    ]


def share(time: int, owner: int, target: int, rights: int, via: str = "mmap") -> ShareMade:
    return ShareMade(time, owner, "O", target, "T", 0x2000_0000, 4096, rights, via, INIT, "Init", 0x202)


def unshare(time: int, owner: int, target: int, via: str = "munmap", by: str = "Init") -> ShareRemoved:
    caller, pc = (INIT, 0x206) if by else (0, 0)
    return ShareRemoved(time, owner, "O", target, "T", 0x2000_0000, 4096, 3, via, caller, by, pc)


TWO = [*thread(1, INIT, ""), *thread(2, WORKER, "Work")]


def test_a_share_is_a_period_with_its_causes():
    table = table_of(*TWO, share(5, WORKER, INIT, 3), unshare(9, WORKER, INIT))
    period = table.shares[0]
    assert (period.owner.name, period.target.id, period.rights) == ("Work", INIT, "rw")
    assert (period.since, period.until) == (5, 9)
    assert period.made.via == "mmap" and period.ended is not None and period.ended.via == "munmap"


def test_new_rights_to_the_same_stack_end_the_old_ones():
    table = table_of(*TWO, share(5, WORKER, INIT, 1), share(6, WORKER, INIT, 3, "mprotect"))
    assert [(period.rights, period.since, period.until) for period in table.shares] == [("r-", 5, 6), ("rw", 6, None)]


def test_each_target_of_a_stack_has_a_share_of_its_own():
    third = 0x0B01_0003
    events = [*TWO, *thread(3, third, "Third"), share(5, WORKER, INIT, 3), share(6, WORKER, third, 1)]
    table = table_of(*events, unshare(9, WORKER, INIT))
    assert [(period.target.id, period.until) for period in table.shares] == [(INIT, 9), (third, None)]


def test_a_name_that_comes_later_counts():
    table = table_of(*TWO, ThreadNamed(7, INIT, "Init"))
    assert [stack.name for stack in table.stacks] == ["Init", "Work"]


def test_ends_and_releases_are_noted():
    table = table_of(*TWO, ThreadEnded(8, WORKER), StackReleased(9, WORKER, "Work", 0x2000_0000, 4096, "given back"))
    work = table.stacks[1]
    assert (work.ended_at, work.released_at, work.released_via) == (8, 9, "given back")


def test_a_thread_id_that_is_used_again_is_another_thread():
    table = table_of(*TWO, share(5, WORKER, INIT, 3), unshare(6, WORKER, INIT), *thread(7, WORKER, "Work"))
    assert table.rights_between(table.stacks[0], table.stacks[1]) == table.shares
    assert table.rights_between(table.stacks[0], table.stacks[2]) == []


def test_threads_and_shares_without_end_do_not_fill_the_memory():
    table = table_of(*TWO)
    for number in range(SHARE_LIMIT + 5):
        table(share(10 + number, WORKER, INIT, 3))
    for number in range(STACK_LIMIT + 5):
        table(StackProtected(9999, 0x0B01_0100 + number, "x", 0, 32))
    assert (len(table.shares), len(table.stacks)) == (SHARE_LIMIT, STACK_LIMIT)
    assert table.left_out == 5 + 2 + 5


def test_a_share_of_a_thread_that_is_left_out_is_left_out_too():
    table = table_of(share(5, WORKER, INIT, 3))
    assert table.shares == [] and table.left_out == 1


def test_the_idle_thread_is_known():
    table = table_of(*thread(0, IDLE, "IDLE"), *TWO)
    assert [stack.is_idle for stack in table.stacks] == [True, False, False]


# -- printed -------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def report() -> Report:
    machine = bench().machine
    machine.exit(0)
    return build_report(machine, Exited(99, 0), "board", None)


def image() -> Image:
    made = Image("x", [Segment(0, bytes(0x400), 0x400)], SymbolTable([]))
    made.source_line = {0x200: SourceLine("../a/main.c", 7), 0x204: SourceLine("../a/main.c", 8)}.get
    return made


def printed(table: AccessHistory, report: Report, width: int = 120, with_idle: bool = False) -> list[str]:
    return list(render_table(table, report, image(), with_idle, width, plain))


def test_the_printed_table(report):
    events = [*TWO, ThreadNamed(3, INIT, "Init"), share(5, WORKER, INIT, 1), unshare(9, WORKER, INIT)]
    table = table_of(*events)
    table.measure = {WORKER: 40}.get
    table(ThreadEnded(10, WORKER))
    assert printed(table, report) == [
        "                   Init's stack  Work's stack",
        "  Init 0x0b010001  rw            r- (1)",
        "  Work 0x0b010002  --            rw",
        "",
        "  thread           used / size  at the end",
        "  Init 0x0b010001    ? / 4,096",
        "  Work 0x0b010002   40 / 4,096  ended at 10",
        "",
        "  (1) 5 to 9: mmap in Init, a/main.c:7",
        "      ended by munmap in Init, a/main.c:8",
        "",
        "When it changed (virtual time)",
        "             1  Init is created, to run 0x00000100; its stack (0x20000000, 4 KiB) is its own",
        "             2  Work is created, to run 0x00000100; its stack (0x20000000, 4 KiB) is its own",
        "             5  Init may use the stack of Work: r- (1)",
        "             9  Init may no longer use the stack of Work (1)",
        "            10  Work ends; its stack stays protected",
        "            99  The program ended successfully.",
    ]


def test_a_share_that_lasts_goes_to_the_end(report):
    assert "  (1) 5 to the end: mmap in Init, a/main.c:7" in printed(table_of(*TWO, share(5, WORKER, INIT, 3)), report)


def test_a_share_that_ended_with_a_thread_names_the_thread(report):
    events = [*TWO, share(5, WORKER, INIT, 3), unshare(9, WORKER, INIT, "end of the owner", ""), ThreadEnded(9, WORKER)]
    assert "      ended by the end of Work" in printed(table_of(*events), report)


def test_a_change_of_rights_is_one_line(report):
    lines = printed(table_of(*TWO, share(5, WORKER, INIT, 1), share(6, WORKER, INIT, 3)), report)
    assert "             6  0x0b010001 may use the stack of Work: rw (2)" in lines
    assert not [line for line in lines if "may no longer" in line]


def test_threads_of_one_name_are_told_apart(report):
    lines = printed(table_of(*TWO, *thread(3, 0x0B01_0003, "Work")), report)
    assert "Work's stack  Work #2's stack" in lines[0]


def test_the_idle_thread_is_left_out_unless_asked_for(report):
    table = table_of(*thread(0, IDLE, "IDLE"), *TWO)
    assert not any("IDLE" in line for line in printed(table, report))
    assert any("IDLE" in line for line in printed(table, report, with_idle=True))


def test_columns_that_do_not_fit_come_on_another_page(report):
    events = [event for number in range(12) for event in thread(number, 0x0B01_0001 + number, f"T{number:02}")]
    lines = printed(table_of(*events), report, width=60)
    assert max(len(line) for line in lines[: lines.index("When it changed (virtual time)")]) <= 60
    assert sum("T11's stack" in line for line in lines) == 1
    assert sum(line.startswith("  T00") for line in lines) == 2, "beside its own stack, and in the list of all"
    assert "  A thread without a row beside a stack may not touch it." in lines


def test_what_was_left_out_is_said(report):
    table = table_of(*TWO)
    table.left_out = 3
    assert printed(table, report)[-1] == "  3 more threads or shares are left out."


def call(time: int, name: str, error: str | None, thread: int = INIT) -> TrapCall:
    event = TrapCall(time, thread, name, 0x202, (), False)
    event.returned(0 if error is None else -1, error)
    return event


def test_calls_for_a_share_that_failed_are_counted_by_their_error(report):
    refused = [call(5, "shm_open", "ENFILE"), call(6, "shm_open", "ENFILE"), call(7, "mmap", "EINVAL")]
    others = [call(8, "mmap", None), call(9, "sem_wait", "EINTR"), call(10, "shm_open", "ENFILE")]
    lines = printed(table_of(*TWO, *refused, *others), report)
    assert [line for line in lines if " by " in line] == [
        "  3 shm_open by 0x0b010001: ENFILE, the first at 5, a/main.c:7",
        "  1 mmap by 0x0b010001: EINVAL, at 7, a/main.c:7",
    ]


def test_refusals_without_end_do_not_fill_the_memory():
    table = table_of(*TWO, *(call(5, "mmap", f"E{number}") for number in range(300)))
    assert (len(table.refusals()), table.left_out) == (256, 44)
