"""/taskfs/ on an RTEMS that is not ours to change, and what --isolate makes of its threads; on a twin of our own.

What is expected is typed from POSIX's and the shim's rules (docs/rtems-kernel.md), and errno's numbers from newlib's.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from support.arm_gcc import MACHINES, build_bare

from emulator.cli.main import main
from emulator.harness.machine import Machine

FOLDER = Path(__file__).parents[1] / "kernels"
BOARD = MACHINES["m3"]
ERRORS = """\
missing -1 2
write only -1 13
fd 6 0
exclusive -1 17
fd 5 0
third fd -1 24
no thread -1 12
close 0 0
third object -1 23
unlink 0 0
unlink again -1 2
before its size -1 6
length -1 12
negative -1 22
size 0 0
no stack -1 22
no rights -1 134
offset -1 6
private -1 22
shared 1 0
munmap 0 0
close 0 0
close again 75 0
other name 70 0
other size 72 0
other map 73 0
other munmap 74 0
other unlink 71 0
reached 6 0
"""


def built(part: str) -> Path:
    return build_bare([FOLDER / "taskfs.c"], "m3", flags=(f"-I{FOLDER}", f"-DPART={part}"))


def run(part: str, capfd, *options: str, status: int = 3) -> tuple[str, str]:
    """Return the console and the first line of the report, without places in the source."""
    assert main(["run", str(built(part)), "--board", BOARD, "--isolate", *options]) == status
    told = capfd.readouterr()
    first = next((line for line in told.err.splitlines() if line), "")
    return told.out, re.sub(r" \(.*?\)", "", first)


@pytest.mark.parametrize("pure", [False, True])
def test_calls_for_taskfs_have_the_answers_and_errno_of_the_shim_and_others_reach_the_image(pure, monkeypatch):
    if pure:
        monkeypatch.setenv("V7M_PURE_PYTHON", "1")
    with Machine(built("errors"), board=BOARD, isolate="strict") as machine:
        result = machine.run()
        assert (result.console, result.exit_status) == (ERRORS, 0)
        assert machine.run().console == ERRORS, "a second run begins with nothing open"
    if pure:
        return
    with Machine(built("errors"), board=BOARD) as machine:
        assert machine.run().console.startswith("missing 70 0\n"), "without --isolate all calls are the image's"


def test_a_share_is_for_the_thread_whose_stack_is_given_and_for_nobody_else(capfd):
    console, first = run("sharing", capfd)
    assert console == "share 0 0\n0x02 may 1 0\n"
    assert first == "Isolation: Init tried to write 4 bytes to the stack of 0x01."
    assert run("twice", capfd)[1] == "Isolation: 0x02 tried to write 4 bytes to the stack of 0x01."


def test_a_share_for_reading_is_none_for_writing(capfd):
    console, first = run("readonly", capfd)
    assert console == "share 0 0\nread 0 0\n"
    assert first == "Isolation: Init tried to write 4 bytes to the stack of 0x01."


def test_a_share_does_not_hide_that_its_owner_runs_and_has_no_share_itself(capfd):
    console, first = run("back", capfd)
    assert console == "share 0 0\n"
    assert first == "Isolation: 0x02 tried to write 4 bytes to the stack of 0x01."


@pytest.mark.parametrize("part", ["isolation", "dead"])
def test_the_stack_of_a_thread_that_has_ended_stays_protected_and_its_shares_end(part, capfd):
    console, first = run(part, capfd)
    assert console.endswith("ended 1 0\n")
    assert first == (
        "Isolation: Init tried to write 4 bytes to the stack of 0x01, which stays protected after 0x01 has ended."
    )
    run(part, capfd, "--share", "Init:0x01:rw", status=0)


@pytest.mark.parametrize(
    ("part", "words"), [("kernels", "taken back"), ("heap", "given back"), ("walk", "walked")]
)  # fmt: skip
def test_what_the_kernel_takes_back_or_links_is_no_access_of_a_thread(part, words, capfd):
    assert run(part, capfd, status=0)[0] == f"{words} 1 0\n"


def test_what_is_told_is_the_same_without_the_c_half(monkeypatch):
    def told(part: str) -> tuple:
        with Machine(built(part), board=BOARD, isolate="report") as machine:
            result = machine.run(trace=True)
            return result.console, result.time, result.trace

    parts = ["sharing", "back", "isolation"]
    fast = [told(part) for part in parts]
    assert [sum(event["kind"] == "share" for event in trace) for _, _, trace in fast] == [1, 1, 0]
    monkeypatch.setenv("V7M_PURE_PYTHON", "1")
    assert [told(part) for part in parts] == fast


def test_going_back_takes_shares_and_descriptors_back():
    with Machine(built("errors"), board=BOARD, isolate="strict", history=64 << 20) as machine:
        machine.set_breakpoint("munmap")
        machine.go_on()
        there = machine.instructions
        assert machine.registers.r[0] == machine.address("stacks") + 1024
        machine.reverse_to(there // 2)
        assert machine.go_on().address == machine.address("munmap") & ~1
        assert machine.instructions == there
        machine.clear_breakpoint("munmap")
        machine.go_on()
        assert machine._session.machine is not None and bytes(machine._console).decode().endswith("reached 6 0\n")


def test_steps_are_the_run():
    ends = []
    for stepped in (False, True):
        with Machine(built("sharing"), board=BOARD, isolate="strict") as machine:
            if stepped:
                while machine.step() is None:
                    pass
            else:
                machine.go_on()
            ends.append((machine.instructions, machine.registers.pc, machine.registers.sp))
    assert ends[0] == ends[1]


def test_the_table_has_threads_by_their_objects_and_the_shares(capfd):
    command = ["threads", str(built("sharing")), "--board", BOARD, "--isolate"]
    assert main(command) == 0
    rows = [line.split() for line in capfd.readouterr().out.splitlines()[:4]]
    assert rows[1] == ["Init", "0x0b010001", "rw", "--", "!w", "--"]
    assert rows[2] == ["0x01", "0x0b010002", "--", "rw", "--"]
    assert rows[3] == ["0x02", "0x0b010003", "--", "rw", "(1)", "rw"]
    assert main([*command, "--json"]) == 0
    table = json.loads(capfd.readouterr().out)
    share = table["shares"][0]
    assert (share["owner"], share["target"], share["rights"]) == (1, 2, "rw")
    assert share["made"]["via"] == 'mmap("/taskfs/0x01", PROT_READ | PROT_WRITE)'
    assert (share["made"]["by"], share["ended"]) == ("Init", None)
