"""The stacks of an unmodified image closed to each other: what is found is what a log of every access finds.

The log is made by the audit back-end with nothing closed: each access that the MPU is asked about, with who made it by
the stack that PSP is in. The program is tests/kernels/mailbox.c, whose threads write messages into each other's stacks.
"""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest
from support.arm_gcc import MACHINES, build_bare
from support.machines import bench

import v7m
from emulator.armv7m.faults import Access
from emulator.asm import assemble
from emulator.cli.main import main
from emulator.harness.machine import Machine
from emulator.kernels.population import population_words
from emulator.machine.closed_spans import ThreadStack
from emulator.machine.events import ExceptionReturned
from emulator.machine.overlay import Foreign, Outside

SOURCE = Path(__file__).parents[1] / "kernels" / "mailbox.c"
BOARD = MACHINES["m3"]
VARIANTS = {
    "no granule": (),
    "pages": ("-DSTACK_SIZE=1024",),
    "unprivileged": ("-DUNPRIVILEGED=1", "-DSTACK_SIZE=716"),
    "FP": ("-DSTACK_SIZE=968",),
}
SHARES = ("sender:receiver:rw", "watcher:receiver:r", "watcher:sender:r", "watcher:other:r", "other:receiver:rw",
          "short:receiver:r")  # fmt: skip
"""What the program needs, typed from its source."""


def built(*flags: str, core: str = "m3") -> Path:
    return build_bare([SOURCE], core, flags=("-DROUNDS=12", *flags))


def program(variant: str) -> tuple[Path, str]:
    core = "m4f" if variant == "FP" else "m3"
    return built(*VARIANTS[variant], core=core), MACHINES[core]


def found_by_overlay(elf: Path, board: str, **options: str) -> tuple[Counter, bytes, int]:
    """Each access that an overlay was asked about, the console, and the time at the end."""
    with Machine(elf, board=board, isolate="report", **options) as machine:
        inner, found = machine._session.machine, Counter()
        overlay = inner.memory.overlay

        def hear(what) -> bool:
            assert isinstance(what, Foreign)
            key = (what.thread, what.owner, what.access, inner.live_registers().pc, what.address, inner.clock.now)
            found[key] += 1
            return True

        overlay.on_foreign = hear
        result = machine.run()
        return found, result.console_bytes, result.time


def found_in_log(elf: Path, board: str) -> tuple[Counter, bytes, int]:
    """The same from a log of every access; a thread that is new counts from the next return from an exception."""
    with Machine(elf, board=board, mpu_backend="audit") as machine:
        inner, kernel, found = machine._session.machine, machine._session.guest.kernel, Counter()
        stacks: list[tuple[int, int, int]] = []
        check = inner.memory.check

        def look(event) -> None:
            if isinstance(event, ExceptionReturned):
                stacks[:] = [(t.id, t.stack.base, t.stack.end) for t in kernel.threads()]

        def log(address, size, access, privileged, negative=None):
            if inner._state.running and access is not Access.FETCH:
                note(address, size, access)
            return check(address, size, access, privileged, negative)

        def note(address, size, access) -> None:
            registers = inner.live_registers()
            if registers.ipsr or not registers.control & 2:
                return
            own = next((thread for thread, low, high in stacks if low < registers.sp <= high), None)
            for thread, low, high in stacks:
                if own is not None and thread != own and address < high and low < address + size:
                    at = max(address, low)
                    found[own, thread, access, registers.pc, at, inner.clock.now] += 1

        inner.observers.append(look)
        inner.observers.at_once = True
        inner.memory.check = log
        result = machine.run()
        return found, result.console_bytes, result.time


@pytest.mark.parametrize("variant", VARIANTS)
def test_what_is_found_is_what_a_log_of_every_access_has(variant, monkeypatch):
    elf, board = program(variant)
    expected = found_in_log(elf, board)
    assert len({key[:3] for key in expected[0]}) == 6
    assert found_by_overlay(elf, board) == expected
    if variant == "no granule":
        assert found_by_overlay(elf, board, mpu_backend="audit") == expected
        monkeypatch.setenv("V7M_PURE_PYTHON", "1")
        assert found_by_overlay(elf, board) == expected


@pytest.mark.parametrize("variant", ["no granule", "unprivileged"])
def test_a_reported_run_is_the_run_with_its_own_events_besides(variant, tmp_path, capfd):
    elf, board = program(variant)
    traces = []
    for number, options in enumerate(([], ["--isolate", "report"])):
        trace = tmp_path / f"{number}.jsonl"
        assert main(["run", str(elf), "--board", board, "--trace", str(trace), *options]) == 0
        traces.append([json.loads(line) for line in trace.read_text().splitlines()[1:]])
    plain, isolated = traces
    counts = isolated[-1]["counts"]
    assert counts.pop("foreign") == sum(line["kind"] == "foreign" for line in isolated) >= 6
    assert [line for line in isolated if line["kind"] != "foreign"] == plain
    assert capfd.readouterr().out.count("sum 144 high water seen\n") == 2


def test_places_are_listed_once_with_the_least_shares_and_these_make_the_run_legal(capfd):
    elf = built()
    assert main(["run", str(elf), "--board", BOARD, "--isolate", "report", "--report", "json"]) == 0
    report = json.loads(capfd.readouterr().err)["foreign"]
    places = [
        (place["thread_name"], place["owner_name"], place["access"], place["backtrace"]["frames"][0]["function"])
        for place in report["places"]
    ]
    assert set(places) == {
        ("sender", "receiver", "write", "send"),
        ("other", "receiver", "write", "send"),
        ("short", "receiver", "read", "shorter"),
        *(("watcher", owner, "read", "unused") for owner in ("receiver", "sender", "other")),
    }
    assert len(places) == 7  # other sends from two calls
    assert sum(place["count"] for place in report["places"] if place["access"] == "write") == 4 * 24
    assert {share["option"] for share in report["shares"]} == {f"--share {share}" for share in SHARES}

    given = [word for share in SHARES for word in ("--share", share)]
    command = ["run", str(elf), "--board", BOARD, "--isolate", "strict"]
    assert main([*command, *given]) == 0
    for left_out in range(len(SHARES)):
        assert main([*command, *given[: 2 * left_out], *given[2 * left_out + 2 :]]) == 3
    weaker = [word.replace("sender:receiver:rw", "sender:receiver:r") for word in given]
    assert main([*command, *weaker]) == 3
    capfd.readouterr()
    assert main([*command, *given, "--share", "sender:reciever:r"]) == 0
    told = "--share names reciever, and no thread was called that; v7m threads has their names."
    assert [line.strip() for line in capfd.readouterr().err.splitlines() if "--share" in line] == [told]


def test_strict_ends_the_run_in_front_of_the_access_and_says_whose_it_is(capfd):
    elf = built()
    assert main(["run", str(elf), "--board", BOARD, "--isolate"]) == 3
    words = capfd.readouterr().err
    assert "Isolation: sender (send, mailbox.c:" in words
    assert "tried to write 4 bytes to the stack of receiver" in words
    assert "called from  sender+" in words
    assert "to allow this   --share sender:receiver:rw" in words
    with Machine(elf, board=BOARD, isolate="strict") as machine:
        result = machine.run()
        assert (result.outcome, result.exit_status, result.fault.cause) == ("isolation", 3, "FOREIGN")
        assert (result.fault.owner, result.fault.thread, result.fault.value) == ("receiver", "sender", 1)
        assert machine.read(result.fault.address, 4) == bytes(4), "nothing was stored"
        assert machine.registers.ipsr == 0
        assert machine.run().time == result.time, "a second run of the same machine"


def frames_outside(elf: Path) -> list[tuple[int, int, int]]:
    """Return SP, where the frame is and when, for each frame that leaves the stack of deep."""
    with Machine(elf, board=BOARD, isolate="report") as machine:
        inner, frames = machine._session.machine, []

        def hear(what) -> bool:
            if isinstance(what, Outside):
                frames.append((what.sp, what.frame, inner.clock.now))
            return True

        inner.memory.overlay.on_foreign = hear
        machine.run()
        base = next(thread.stack.base for thread in machine._session.guest.kernel.threads() if thread.name == "deep")
        assert all(frame < base < sp for sp, frame, _ in frames)
        return frames


def test_the_frame_of_an_exception_that_leaves_the_stack_is_an_overflow(capfd, monkeypatch):
    elf = built("-DOVERFLOW=1")
    given = [word for share in SHARES for word in ("--share", share)]
    assert main(["run", str(elf), "--board", BOARD, "--isolate", "strict", *given]) == 3
    words = capfd.readouterr().err
    assert "Isolation: deep" in words
    assert "has no room in its own stack for the frame of an exception" in words
    assert "--share" not in words
    expected = frames_outside(elf)
    assert expected
    monkeypatch.setenv("V7M_PURE_PYTHON", "1")
    assert frames_outside(elf) == expected


def test_an_image_without_a_known_kernel_runs_as_a_bare_machine_and_says_so(capfd):
    elf = build_bare([], "m3", generated={"main.c": '#include "console.h"\nint main(void) { finish(0); }\n'})
    assert main(["run", str(elf), "--board", BOARD, "--isolate"]) == 0
    said = capfd.readouterr().err
    assert "no kernel is known in" in said and said.count("\n") == 1


@pytest.mark.parametrize("share", ["sender", "a:b:x", ":b:r", "a::rw", "a:b:c:r"])
def test_a_share_that_is_none_is_refused(share, capfd):
    assert main(["run", str(built()), "--board", BOARD, "--isolate", "--share", share]) == 2
    assert "WHO:WHOSE:r" in capfd.readouterr().err


def test_a_share_without_isolation_and_a_program_of_the_shim_are_refused(capfd):
    assert main(["run", str(built()), "--board", BOARD, "--share", "a:b:r"]) == 2
    assert "--isolate" in capfd.readouterr().err
    shim = Path(__file__).parents[2] / "firmware" / "prebuilt" / "stack_sharing.elf"
    assert main(["run", str(shim), "--isolate"]) == 2
    assert "kernel of their own" in capfd.readouterr().err


def test_threads_that_come_and_go_are_noticed_by_counts_that_the_kernel_keeps():
    with Machine(built(), board=BOARD) as machine:
        guest = machine._session.guest
        words = population_words(guest.kernel, guest.data)
        assert words == (machine.address("uxCurrentNumberOfTasks"), machine.address("uxTaskNumber"))


def test_v7m_is_what_the_library_calls_it():
    result = v7m.run(built(), board=BOARD, isolate="strict", share=SHARES)
    assert result.exit_status == 0
    assert "no thread touched a stack of another that was closed to it." in result.text


class SwitchingThreads:
    """Two threads of a kernel that changes its word in Thread mode some time before it takes the other stack."""

    running_word = 0x2000_0000
    list_words = ()
    switches_in_thread_mode = True
    ended_bits = None

    def stacks(self, running: int) -> list[ThreadStack]:
        return [ThreadStack(0xA, 0x2000_1000, 0x2000_1200), ThreadStack(0xB, 0x2000_1200, 0x2000_1400)]

    def may(self, thread: int, owner: int) -> int:
        return 0


SWITCH = """
    svc #0
    push {r0}
    str r1, [r2]
    push {r0}
    ldr r0, [r5]
    mov sp, r3
    push {r0}
    b next
next:
    str r0, [r4]
    pop {r0}
end:
    b end
"""


def isolated(threads, pure, monkeypatch, **options):
    """Return a board whose thread 0xA runs, an SVC that does nothing, and the list of what is heard of."""
    if pure:
        monkeypatch.setenv("V7M_PURE_PYTHON", "1")
    board = bench("cortex-m3", handlers={11: 0x200}, **options)
    board.machine.poke(0x200, assemble("bx lr", 0x200))
    board.machine.poke(0x2000_0000, (0xA).to_bytes(4, "little"))
    heard = []
    board.machine.isolate(threads).on_foreign = lambda what: heard.append(what) or True
    return board, heard


@pytest.mark.parametrize("audit", [False, True])
@pytest.mark.parametrize("pure", [False, True])
def test_where_a_kernel_switches_in_thread_mode_a_thread_runs_once_it_uses_its_own_stack(audit, pure, monkeypatch):
    board, heard = isolated(SwitchingThreads(), pure, monkeypatch, audit=audit)
    board.run(
        SWITCH, steps=30, control=2, psp=0x2000_1100, r1=0xB, r2=0x2000_0000, r3=0x2000_1300, r4=0x2000_1010,
        r5=0x2000_1210,
    )  # fmt: skip
    assert heard == [
        Foreign(0xA, 0xB, 0x2000_1210, 4, Access.READ),  # the word is B's, the stack is not yet
        Foreign(0xB, 0xA, 0x2000_1010, 4, Access.WRITE),
    ]


BEFORE_ITS_STACK = """
    svc #0
    str r1, [r2]
    b next
next:
    mov sp, r3
    svc #0
    str r0, [r5]
end:
    b end
"""


@pytest.mark.parametrize("pure", [False, True])
def test_an_exception_may_come_before_a_thread_has_used_its_own_stack(pure, monkeypatch):
    board, heard = isolated(SwitchingThreads(), pure, monkeypatch)
    board.run(
        BEFORE_ITS_STACK, steps=30, control=2, psp=0x2000_1100, r1=0xB, r2=0x2000_0000, r3=0x2000_1300,
        r5=0x2000_1010,
    )  # fmt: skip
    assert heard == [Foreign(0xB, 0xA, 0x2000_1010, 4, Access.WRITE)]


class OneThread(SwitchingThreads):
    """One thread, with nobody's memory below its stack."""

    list_words = (0x2000_0004,)
    switches_in_thread_mode = False

    def stacks(self, running: int) -> list[ThreadStack]:
        return [ThreadStack(0xA, 0x2000_1000, 0x2000_1200)]


class CallStacks(OneThread):
    """Two threads, which their kernel runs on another stack within calls, as FreeRTOS's MPU ports and Zephyr do."""

    def stacks(self, running: int) -> list[ThreadStack]:
        return [
            ThreadStack(0xA, 0x2000_1000, 0x2000_1200), ThreadStack(0xA, 0x2000_2000, 0x2000_2080),
            ThreadStack(0xB, 0x2000_1200, 0x2000_1400), ThreadStack(0xB, 0x2000_2080, 0x2000_2100),
        ]  # fmt: skip


@pytest.mark.parametrize("pure", [False, True])
def test_all_stacks_of_another_thread_are_closed_and_all_of_its_own_are_open(pure, monkeypatch):
    board, heard = isolated(CallStacks(), pure, monkeypatch)
    code = "svc #0\nstr r0, [r1]\nstr r0, [r2]\nstr r0, [r3]\nstr r0, [r4]\nend:\nb end\n"
    board.run(
        code, steps=20, control=2, psp=0x2000_1100, r1=0x2000_1010, r2=0x2000_2010, r3=0x2000_1210, r4=0x2000_2090
    )
    assert heard == [Foreign(0xA, 0xB, at, 4, Access.WRITE) for at in (0x2000_1210, 0x2000_2090)]


@pytest.mark.parametrize("pure", [False, True])
def test_a_frame_that_goes_to_nobodys_memory_leaves_the_stack_all_the_same(pure, monkeypatch):
    board, heard = isolated(OneThread(), pure, monkeypatch)
    code = "svc #0\nsub sp, #0xe8\nsvc #0\nsvc #0\nsvc #0\nend:\nb end\n"  # C knows the page from the second on
    board.run(code, steps=20, control=2, psp=0x2000_1100)
    assert heard == 3 * [Outside(0xA, 0x2000_0FF8, 32, 0x2000_1018, 11)]


@pytest.mark.parametrize("options", [[], ["--isolate", "report"]])
def test_threads_of_a_run_that_takes_too_long_are_shown_as_they_were_then(options, capsys):
    endless = built("-UROUNDS", "-DROUNDS=100000000")
    assert main(["threads", str(endless), "--board", BOARD, "--timeout", "0.5", *options]) == 124
    out = capsys.readouterr().out
    assert "The time limit ended the run" in out and "watcher" in out
