"""The real gdb-multiarch over a pipe. Each test is one session, so that the suite stays fast."""

import re
from pathlib import Path

import pytest
from support.arm_gcc import build_bare
from support.gdb import PREBUILT, batch, between, calls, mark

PROGRAMS = Path(__file__).parent / "programs"
SHARING, ISOLATION = PREBUILT / "stack_sharing.elf", PREBUILT / "stack_isolation.elf"


@pytest.fixture(scope="module")
def nested():
    return build_bare([PROGRAMS / "nested.c"], "m4f", "-O2")


def test_break_threads_next_over_a_switch_and_finish():
    text = batch(
        SHARING, "break user", "continue", mark("a"), "info threads", mark("b"), "thread apply all bt", mark("c"),
        "next", "next", mark("d"), "break sem_post", "continue", mark("e"), "finish", mark("f"),
        "thread 3", "bt", mark("g"),
    )  # fmt: skip
    threads = between(text, "a", "b")
    assert re.search(r'\* \d+ +Thread \d+ "0x02" \(running\) +user ', threads)
    assert re.search(r'"0x01" \(waits for semaphore done; id 0x0b010002, priority \d+\) +0x\w+ in sem_wait', threads)
    assert re.search(r'"Init" \(waits for the end of thread 0x01; .*pthread_join', threads)
    assert '"IDLE" (is ready' in threads
    all_calls = between(text, "b", "c")
    blocked = calls(all_calls.partition('"0x01"')[2].partition("Thread ")[0])
    assert blocked[:2] == ["sem_wait", "owner"] and blocked[-1] == "rtems_shim_thread_begin"
    assert "0x02: writing to the stack of 0x01" in between(text, "c", "d"), "next goes over what runs meanwhile"
    assert "hit Breakpoint" in between(text, "d", "e")
    assert re.search(r"in user .*main.c:38\n", between(text, "e", "f"))
    assert calls(between(text, "f", "g"))[0] == "pthread_join"


def test_the_fault_is_caught_at_its_instruction_and_continue_delivers_it():
    text = batch(
        ISOLATION, "continue", mark("a"), "bt", "p $r2", "x/i $pc", "p/x *(unsigned *) 0xe000ed28", mark("b"),
        "stepi", mark("c"), "p/x *(unsigned *) 0xe000ed28", "info threads",
        mark("d"), "continue", "continue", mark("e"),
    )  # fmt: skip
    assert "MemManage: Init (POSIX_Init, main.c:39), in memset, tried to write 4 bytes to the stack of 0x01, " in text
    assert re.search(r'Thread \d+ "Init" received signal SIGSEGV', text)
    at = between(text, "a", "b")
    assert calls(at) == ["memset", "POSIX_Init", "rtems_shim_run_thread", "rtems_shim_thread_begin"]
    assert "str\tr5, [r2" in at and "= 0x0" in at, "nothing is recorded of the fault yet"
    handler = between(text, "c", "d")
    assert "= 0x82" in handler and '"MemManage handler" (running)' in handler
    assert '"Init" (interrupted by MemManage)' in handler
    assert "Program terminated with signal SIGABRT" in between(text, "d", "e")


def test_nested_handlers_and_fp_frames_are_unwound_and_finish_comes_back_through_them(nested):
    text = batch(
        nested, "break innermost", "continue", mark("a"), "bt", mark("b"), "info threads", mark("c"),
        "thread apply all bt", mark("d"), "thread 1", "finish", mark("e"), "p sink", mark("f"),
    )  # fmt: skip
    whole = ["innermost", "<signal>", "interrupted_again", "IRQ0_Handler", "<signal>", "with_floats", "main"]
    assert calls(between(text, "a", "b")) == whole
    threads = between(text, "b", "c")
    assert '"IRQ1 handler" (running)' in threads
    assert '"IRQ0 handler" (interrupted by IRQ1)' in threads and '"main" (interrupted by IRQ0)' in threads
    each = between(text, "c", "d").split("\nThread ")
    assert [calls(one) for one in each if calls(one)] == [whole[2:], whole, whole[5:]]
    assert "Value returned is" in between(text, "d", "e") and "8.5" in between(text, "d", "e")
    assert "= 12.5" in between(text, "e", "f"), "the float that the handler computed"


def test_a_return_that_fails_is_stopped_at_in_both_directions():
    elf = build_bare([PROGRAMS / "bad_return.c"], "m3", "-O1")
    text = batch(
        elf, "continue", mark("a"), "bt", "p/x *(unsigned *) 0xe000ed28", mark("b"), "reverse-stepi", "p $pc",
        mark("c"), "info threads", mark("d"), "continue", mark("e"), "stepi", "p $xpsr & 0x1ff", mark("f"),
    )  # fmt: skip
    assert "returned with EXC_RETURN 0xfffffff0, which is none that the architecture has" in text
    assert re.search(r'Thread \d+ "SysTick handler" received signal SIGILL', text)
    at = between(text, "a", "b")
    assert "main () at" in at and "= 0x0" in at, "what was interrupted is shown; nothing is recorded yet"
    assert "bad_return" in between(text, "b", "c")
    threads = between(text, "c", "d")
    assert '"SysTick handler" (running)' in threads
    assert "IRQ" not in threads, "nothing is said of what its stack pointer does not lead to"
    assert "SIGILL" in between(text, "d", "e") and "= 3" in between(text, "e", "f")


def test_a_byte_is_watched_and_its_neighbours_are_not(nested):
    text = batch(
        nested, "break counts", "continue", "delete", "watch ((unsigned char *) watched)[3]", mark("a"), "continue",
        "continue", mark("b"),
    )  # fmt: skip
    hits = between(text, "a", "b")
    assert hits.count("Old value") == 1 and "Old value = 0" in hits and "New value = 6" in hits
    assert "exited normally" in hits


def test_a_byte_of_a_stack_is_watched_across_threads():
    text = batch(
        SHARING, "break user", "continue", "delete", "set var $byte = (unsigned char *) scratch",
        "watch *$byte", mark("a"), "continue", mark("b"), "info threads",
    )  # fmt: skip
    assert "New value = " in between(text, "a", "b")
    assert re.search(r'\* \d+ +Thread \d+ "0x02" \(running\)', text)


def test_events_are_broken_on_and_rights_are_told():
    elf = PREBUILT / "share_revoked.elf"
    text = batch(
        elf, "break user", "continue", "delete", 'eval "monitor break-rights 0x02 %#x w loss", word',
        "monitor break-access 0x02 0x01", "monitor break-switch Init", mark("a"), "continue", "x/i $pc", mark("b"),
        "continue", "info threads", mark("c"), "continue", mark("d"), "monitor shares",
    )  # fmt: skip
    access = between(text, "a", "b")
    assert "0x02 and the stack of 0x01: it is about to write 4 bytes at 0x" in access and "str\t" in access
    assert "Init is switched in after IDLE" in between(text, "b", "c")
    assert re.search(r'\* \d+ +Thread \d+ "Init" \(running\)', between(text, "b", "c"))
    assert re.search(r"0x02 had rw at 0x\w+ and has --: rtems_unshare_stack in Init, ", between(text, "c", "d"))
    assert "stack of 0x01" in text.partition("<d>")[2] and "rw  0x02" not in text.partition("<d>")[2]


def test_system_registers_are_read_and_addresses_of_returns_are_not():
    text = batch(
        ISOLATION, "x/2xw 0xe000ef34", "p/x *(unsigned *) 0xe000ed00", mark("a"), "x/xw 0xffffffec", "x/xw 0x40004000",
    )  # fmt: skip
    assert re.search(r"0xe000ef34:\s+0xc0000000\s+0x00000000", text) and "= 0x410fc240" in text
    errors = text.partition("<a>")[2]
    assert "Cannot access memory at address 0xffffffec" in errors and "0x40004000" in errors


def test_load_and_the_commands_that_an_ide_sends():
    text = batch(
        SHARING, "monitor reset halt", "monitor halt", "load", mark("a"), "monitor reset halt", "break user",
        "continue", mark("b"), "set var $r4 = 77", "p $r4", "run", mark("c"), "kill", mark("d"),
        target="extended-remote",
    )  # fmt: skip
    assert "Transfer rate" in between(text, "a", "b") or "Transfer rate" in text
    assert "Thread 1003" in text and "hit Breakpoint 1, user" in between(text, "a", "b")
    assert "= 77" in between(text, "b", "c")
    assert "hit Breakpoint 1, user" in between(text, "b", "c"), "run begins again"
    assert "killed" in between(text, "c", "d")


def test_the_commands_of_the_gdb_script_exist():
    script = PREBUILT.parents[1] / "emulator" / "gdb" / "v7m.gdb"
    text = batch(
        ISOLATION, f"source {script}", "continue", mark("a"), "v7m threads", mark("b"), "v7m mpu $r2", mark("c"),
        "v7m shares", mark("d"), "v7m why", mark("e"), "help v7m",
    )  # fmt: skip
    assert re.search(r"\* 1001 +Init +running +stack 0x\w+, 8,192 bytes, \d+ in use", between(text, "a", "b"))
    assert re.search(r"stacks of 0x01, 0x02 .* yes <- decided", between(text, "b", "c"))
    assert re.search(r"stack of 0x01, ended at [\d,]+\n", between(text, "c", "d"))
    assert "called from  POSIX_Init+" in between(text, "d", "e") and "CFSR 0x00000082" in between(text, "d", "e")
