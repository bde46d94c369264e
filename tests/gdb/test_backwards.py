"""Going backwards with the real GDB: by instructions and lines, to breakpoints and watchpoints, to a time."""

import re
from pathlib import Path

from support.gdb import PREBUILT, batch, between, calls, mark

from emulator.gdb import server

REVOKED, ISOLATION, SHARING, BARE = (
    PREBUILT / f"{name}.elf" for name in ("share_revoked", "stack_isolation", "stack_sharing", "bare_switch")
)
INIT_FILE = Path(server.__file__).with_name("v7m.gdb")


def test_back_from_a_fault_to_the_write_of_what_it_used_and_forward_again():
    text = batch(
        ISOLATION, "continue", mark("a"), "p/x $pc", "reverse-stepi", "p/x $pc", "reverse-stepi", "p/x $pc",
        mark("b"), "stepi", "stepi", "p/x $pc", mark("c"), "reverse-finish", "bt", mark("d"), "continue", mark("e"),
    )  # fmt: skip
    steps = [int(pc, 16) for pc in re.findall(r"= (0x\w+)", between(text, "a", "b"))]
    assert len(steps) == 3 and steps[0] > steps[1] > steps[2] >= steps[0] - 8
    assert f"{steps[0]:#x}" in between(text, "b", "c"), "two steps forward undo two steps back"
    assert calls(between(text, "c", "d"))[0] == "POSIX_Init", "reverse-finish leads to the call of memset"
    assert "received signal SIGSEGV" in between(text, "d", "e"), "it faults again"
    assert text.count("*** BEGIN OF TEST") == 1, "what was shown is not shown twice"


def test_reverse_continue_stops_at_the_write_that_broke_it_and_at_the_beginning():
    text = batch(
        REVOKED, "continue", "delete", "watch -location *word", "reverse-continue", mark("a"), "bt",
        "monitor when", mark("b"), "reverse-continue", mark("c"), "delete", "reverse-continue", mark("d"),
        "monitor when",
    )  # fmt: skip
    first = between(text, "a", "b")
    assert re.search(r"Old value = 1\nNew value = (?!1\n)", text), "the value changes back"
    assert calls(first)[0] == "user" and "in the past" in first
    end = text.partition("<d>")[2]
    assert "No more reverse-execution history" in between(text, "c", "d")
    assert "time 0; 0 instructions executed" in end


def test_who_revoked_last_write_and_goto_say_what_happened_and_lead_there():
    text = batch(
        REVOKED, f"source {INIT_FILE}", "continue", mark("a"), "v7m who-revoked word", mark("b"),
        "v7m last-write word", mark("c"), "monitor last-write 0x60000000", "monitor goto yesterday", mark("d"),
    )  # fmt: skip
    assert re.search(
        r"at [\d,]+ Init called rtems_unshare_stack \(firmware/share_revoked/main.c:44\); it ended 0x02's rw share "
        r"of 0x01's stack, made at [\d,]+ by mmap\(\"/taskfs/0x01\"", between(text, "a", "b")
    )  # fmt: skip
    written = re.search(r"at ([\d,]+) 0x02 stores 0x00000001 \(4 bytes\) to 0x\w+: user", between(text, "b", "c"))
    assert written is not None
    errors = between(text, "c", "d")
    assert "nothing has stored to 0x60000000" in errors and "yesterday is no time" in errors
    text = batch(
        REVOKED, f"source {INIT_FILE}", "continue", mark("a"), f"v7m goto {written[1].replace(',', '')}", "x/i $pc",
        mark("b"), "v7m goto end", "monitor when", mark("c"),
    )  # fmt: skip
    assert "str" in between(text, "a", "b") and "user" in between(text, "a", "b")
    assert "in the past" not in between(text, "b", "c")


def test_lines_go_back_over_a_thread_switch_and_a_breakpoint_stops_in_front_of_its_line():
    text = batch(
        SHARING, "break user", "continue", mark("a"), "next", "next", mark("b"), "reverse-next", mark("c"),
        "reverse-continue", mark("d"), "info threads", mark("e"),
    )  # fmt: skip
    lines = [int(line) for line in re.findall(r"^(\d+)\t", between(text, "a", "c"), re.M)]
    assert lines[0] < lines[1] and lines[2] == lines[0]
    assert "hit Breakpoint 1, user" in between(text, "c", "d")
    assert re.search(r'\* \d+ +Thread \d+ "0x02" \(running\)', between(text, "d", "e"))


def test_what_is_written_in_the_past_makes_another_future():
    text = batch(
        BARE, "stepi", "stepi", "monitor checkpoint", "stepi 20", mark("a"),
        "monitor goto #1", "maintenance flush register-cache", "set var $r0 = 0x1234", "p/x $r0", mark("b"), "stepi",
        "monitor when", mark("c"), "reverse-stepi", "p/x $r0", mark("d"),
    )  # fmt: skip
    assert "0x1234" in between(text, "a", "b")
    assert "in the past" not in between(text, "b", "c"), "the old future is gone"
    assert "0x1234" in between(text, "c", "d")


def test_the_last_store_of_the_program_is_not_taken_for_what_the_debugger_wrote_after_it():
    text = batch(
        BARE, "stepi", mark("a"), "monitor last-write 0x20000500", mark("b"), "set var {int}0x20000500 = 7", "stepi",
        "monitor last-write 0x20000500", mark("c"),
    )  # fmt: skip
    nothing = "nothing has stored to 0x20000500 since the beginning of the history"
    assert between(text, "a", "b").strip() == nothing
    after = f"{nothing}\nafter that the debugger changed memory or registers, or reset the system, at 1"
    assert after in between(text, "b", "c")


def test_without_a_history_nothing_goes_back_and_gdb_says_so():
    text = batch(BARE, "stepi", "reverse-stepi", "monitor goto 0", options=("--history", "0"))
    assert "Target remote does not support this command." in text
    assert "monitor goto is not there: v7m debug was started without a history" in text
