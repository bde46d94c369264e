"""The prebuilt applications through the command: reports in each form, traces, options, and the access table."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from support.report_schema import REPORTS

from emulator.cli.main import main

ROOT = Path(__file__).parents[2]
PREBUILT = ROOT / "firmware" / "prebuilt"


def prebuilt(name: str) -> str:
    return str(PREBUILT / f"{name}.elf")


def text_report(name: str, capsys: pytest.CaptureFixture[str], *options: str) -> str:
    main(["run", prebuilt(name), *options])
    return capsys.readouterr().err


def json_report(name: str, capsys: pytest.CaptureFixture[str], *options: str) -> dict[str, Any]:
    main(["run", prebuilt(name), "--report", "json", *options])
    found: dict[str, Any] = json.loads(capsys.readouterr().err)
    return found


def trace_of(name: str, directory: Path, *options: str) -> bytes:
    path = directory / "trace.jsonl"
    main(["run", prebuilt(name), "--trace", str(path), *options])
    return path.read_bytes()


# -- headlines: who did what to whose stack ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "headline"),
    [
        ("stack_isolation", "Init (POSIX_Init, main.c:39), in memset, tried to write 4 bytes to the stack of 0x01"),
        ("unprivileged_isolation", "Init (POSIX_Init, main.c:32) tried to write 4 bytes to the stack of 0x01"),
        ("read_only_share_write", "Init (POSIX_Init, main.c:31) tried to write 4 bytes to the stack of 0x01"),
        ("matrix_h_third_thread", "0x03 (stranger, main.c:31) tried to read 4 bytes from the stack of 0x01"),
        ("matrix_i_unmapped", "which Init could use until 21,"),
        ("matrix_k_overflow", "the stack of 0x01, 40 bytes below its own: 0x02 overflowed its stack"),
        ("stack_overflow", "below its own: 0x02 overflowed its stack"),
        ("execute_from_stack", "Init (POSIX_Init, main.c:19) called 0x20303fe9, in its own stack: stacks are never ex"),
        ("matrix_a_blocked_receiver", "0x02 (send_message, queue.h:42), in mq_send, tried to write 4 bytes to the s"),
        ("matrix_e_blocked_sender", "0x01 (receive_message, queue.h:30), in mq_receive, tried to read 16 bytes fr"),
        ("matrix_f_event", "INIT (Init, main.c:38), in rtems_event_send, tried to write 4 bytes to the stack of"),
        ("matrix_f_sigwait", "Init (POSIX_Init, main.c:35), in pthread_kill, tried to write"),
        (
            "matrix_g_timer_interrupt",
            "rtems_event_send, in rtems_shim_systick, the SysTick handler, which interrupted INIT, tried to write 4 "
            "bytes to the stack of RECV, which is not shared with INIT",
        ),
    ],
)
def test_the_first_line_says_who_did_what_to_whose_stack(name, headline, capsys):
    first = text_report(name, capsys).splitlines()[1]
    assert first.startswith("MemManage: ")
    assert headline in first


def test_the_screen_answers_every_question_of_a_fault(capsys):
    text = text_report("share_revoked", capsys)
    for words in (
        "user+0x",  # the instruction, by symbol and by line
        "firmware/share_revoked/main.c:27",
        "str r2, [r3]    0x2000dfe4 <- 0x00000002",
        "called from  rtems_shim_run_thread, rtems_shim_thread_begin",
        "stack of 0x01, offset 8164 of 8192",
        "shared rw with 0x02 at 21,",
        'mmap("/taskfs/0x01", PROT_READ | PROT_WRITE) by Init',
        "rtems_unshare_stack by Init, firmware/share_revoked/main.c:44",
        "to allow this: rtems_share_stack(0x0b010003 /* 0x02 */, 0x0b010002 /* 0x01 */, PROT_READ | PROT_WRITE)",
        "yes <- decided",
        "CFSR 0x00000082 (DACCVIOL MMARVALID)",
        "MMFAR 0x2000dfe4",
        "r0  0000000a",
        "last switch at",
    ):
        assert words in text, words


def test_a_read_needs_no_more_than_a_read_only_share(capsys):
    report = json_report("matrix_h_third_thread", capsys)
    assert all("PROT_WRITE" not in line for line in report["fault"]["place"]["remedy"])


def test_an_overflow_has_no_remedy_by_sharing(capsys):
    assert json_report("matrix_k_overflow", capsys)["fault"]["place"]["remedy"] == []


def test_a_backtrace_goes_through_the_exception_frame_of_the_tick(capsys):
    frames = json_report("matrix_g_timer_interrupt", capsys)["fault"]["backtrace"]["frames"]
    names = [frame["symbol"] for frame in frames]
    assert names[0] == "rtems_event_send" and "rtems_shim_systick" in names
    interrupted = next(frame for frame in frames if frame["interrupted_by"])
    assert (interrupted["symbol"], interrupted["interrupted_by"]) == ("Init", "SysTick")


def test_a_deadlock_says_who_waits_for_what_and_where(capsys):
    text = text_report("deadlock", capsys)
    assert text.startswith(
        "\nDeadlock: 0x01, in forwards (firmware/deadlock/main.c:17), waits for semaphore second, last taken by 0x02 "
        "in backwards (firmware/deadlock/main.c:23), which, in backwards (firmware/deadlock/main.c:26), waits for "
        "semaphore first, last taken by 0x01 in forwards (firmware/deadlock/main.c:14).\n"
    )
    for words in ("0x01  waits for", "0x02  waits for", "last taken by 0x01 at ", ": sem_wait in forwards (firmware/"):
        assert words in text


# -- forms of the report -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", sorted(path.stem for path in PREBUILT.glob("*.elf")))
def test_every_json_report_fits_its_schema(name, capsys):
    report = json_report(name, capsys)
    REPORTS.validate(report)
    assert report["program"] == f"{name}.elf"


def test_a_success_says_nothing_as_text(capsys):
    assert text_report("hello", capsys) == ""


def test_the_report_of_rtems_is_its_own_layout(capsys):
    text = text_report("stack_isolation", capsys, "--report", "rtems")
    assert "\n*** FATAL ***\nfatal source: 9 (RTEMS_FATAL_SOURCE_EXCEPTION)\n" in text
    assert "VEC = 0x00000004" in text and text.endswith("executing thread name: Init\n")
    words = text_report("hello", capsys, "--report", "rtems")
    assert words.startswith("\n[ RTEMS shutdown ]\nRTEMS version: 6.0.0.not-released\nRTEMS tools: 12.2.1 20221205\n")


def test_a_report_file_takes_the_report_and_stderr_one_line(tmp_path, capsys):
    path = tmp_path / "report.txt"
    line = text_report("stack_isolation", capsys, "--report-file", str(path))
    assert line.startswith("v7m: MemManage: Init (POSIX_Init, main.c:39), in memset, tried") and line.count("\n") == 1
    assert path.read_text().startswith("MemManage: Init (POSIX_Init, main.c:39), in memset, tried")
    assert "\x1b" not in path.read_text()


def test_the_console_is_stdout_and_nothing_else_is(capsysbinary):
    assert main(["run", prebuilt("stack_isolation"), "--report", "json"]) == 3
    out, err = capsysbinary.readouterr()
    head, said = out.split(b"\nInit: ", 1)
    assert head.startswith(b"\n\n*** BEGIN OF TEST thread stack isolation ***\n*** TEST VERSION: ") and len(head) < 250
    assert said == (b"joining 0x01\nInit: writing to the stack of 0x01\nfatal extension: an exception ends the run\n")
    assert err.startswith(b"{") and err.endswith(b"}\n")


def test_colour_can_be_asked_for_and_is_off_in_a_pipe(capsys):
    assert "\x1b[1;31mMemManage" in text_report("stack_isolation", capsys, "--color", "always")
    assert "\x1b" not in text_report("stack_isolation", capsys)


# -- options -------------------------------------------------------------------------------------------------------


def test_kernel_opens_lets_the_kernel_copy_to_whom_it_wakes(capsys):
    assert main(["run", prebuilt("matrix_a_blocked_receiver")]) == 3
    capsys.readouterr()
    assert main(["run", prebuilt("matrix_a_blocked_receiver"), "--mode", "kernel-opens"]) == 1  # it expects the fault
    assert "0x01: received" in capsys.readouterr().out


def test_threads_can_be_run_unprivileged(capsys):
    report = json_report("stack_isolation", capsys, "--unprivileged")
    assert report["outcome"] == "fault" and report["fault"]["privileged"] is False


@pytest.mark.parametrize("budget", ["1", "5000", "20k"])
def test_a_budget_ends_the_run_with_status_4(budget, capsys):
    assert main(["run", prebuilt("switch_storm"), "--max-instructions", budget]) == 4
    assert "The instruction budget is spent" in capsys.readouterr().err


def test_a_budget_that_suffices_changes_nothing(tmp_path):
    assert (
        trace_of("hello", tmp_path).splitlines()[1:]
        == (trace_of("hello", tmp_path, "--max-instructions", "1M").splitlines()[1:])
    )


# -- traces --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["stack_sharing", "matrix_j_ninth_share", "switch_storm", "bare_mpu"])
def test_traces_are_the_same_bytes_each_time_and_with_both_back_ends(name, tmp_path):
    first = trace_of(name, tmp_path)
    assert trace_of(name, tmp_path) == first
    assert trace_of(name, tmp_path, "--mpu-backend", "audit") == first


def test_a_trace_tells_the_run(tmp_path):
    lines = [json.loads(line) for line in trace_of("stack_sharing", tmp_path).splitlines()]
    assert lines[0]["kind"] == "header" and lines[0]["program"] == "stack_sharing.elf"
    assert lines[1] == {"t": 0, "kind": "reset", "count": 0, "pc": lines[1]["pc"],
                        "pc_symbol": "rtems_shim_reset", "sp": lines[1]["sp"]}  # fmt: skip
    share = next(line for line in lines if line["kind"] == "share")
    assert (share["owner_name"], share["target_name"], share["rights"]) == ("0x01", "0x02", 3)
    console = "".join(line["data"] for line in lines if line["kind"] == "console")
    assert console.startswith("\n\n*** BEGIN OF TEST thread stack sharing ***\n")
    assert lines[-1]["kind"] == "stop" and lines[-1]["outcome"] == "success"
    assert lines[-1]["counts"]["switch"] == sum(line["kind"] == "switch" for line in lines)
    times = [line["t"] for line in lines[1:]]
    assert times == sorted(times)


def test_a_trace_holds_nothing_of_the_host(tmp_path):
    data = trace_of("stack_isolation", tmp_path)
    assert str(ROOT).encode() not in data and str(tmp_path).encode() not in data


# -- the access table ----------------------------------------------------------------------------------------------


def test_the_table_shows_the_share_and_when_it_was(capsys):
    assert main(["threads", prebuilt("stack_sharing")]) == 0
    out, err = capsys.readouterr()
    assert err == ""
    assert "                   Init's stack  0x01's stack  0x02's stack\n" in out
    assert "  0x02 0x0b010003  --            rw (1)        rw\n" in out
    used = next(line for line in out.splitlines() if line.endswith(" / 8,192  is executing")).split()[2]
    assert 300 < int(used) < 2000
    assert 'mmap("/taskfs/0x01", PROT_READ | PROT_WRITE) in Init, firmware/stack_sharing/main.c:' in out
    assert "ended by the end of 0x02" in out and "The program ended successfully." in out
    assert "IDLE" not in out


def test_the_refused_access_is_marked_at_the_time_that_the_report_of_the_run_says(capsys):
    main(["threads", prebuilt("matrix_a_blocked_receiver")])
    out = capsys.readouterr().out
    assert "  0x02 0x0b010003  --            -- !w         rw\n" in out and out.count("!") == 1
    fault = json_report("matrix_a_blocked_receiver", capsys)["fault"]
    assert out.splitlines()[-1].split() == [f"{fault['time']:,}", *fault["headline"].split()]


def test_the_table_names_what_each_thread_waits_in_and_calls_that_were_refused(capsys):
    main(["threads", prebuilt("deadlock")])
    state = " / 8,192  waits for semaphore second, in forwards (firmware/deadlock/main.c:17)\n"
    assert state in capsys.readouterr().out
    main(["threads", prebuilt("errno_shm_none"), "--json"])
    table = json.loads(capsys.readouterr().out)
    assert [(refusal["call"], refusal["error"], refusal["count"]) for refusal in table["refusals"]] == [
        ("shm_open", "EMFILE", 1), ("shm_open", "ENOENT", 1), ("shm_open", "ENFILE", 1),
    ]  # fmt: skip


def test_the_table_shows_rights_that_changed(capsys):
    main(["threads", prebuilt("errno_mmap_stack")])
    assert "r- (1) rw (2)" in capsys.readouterr().out


def test_a_wide_table_is_printed_in_pages(capsys):
    main(["threads", prebuilt("matrix_j_ninth_share")])
    out = capsys.readouterr().out
    grid = out[: out.index("\n\n  (1)")]
    assert all(len(line) <= 120 for line in grid.splitlines())
    assert grid.count("Init's stack") == 1 and grid.count("own8's stack") == 1 and grid.count("\n  own8") >= 2


def test_the_table_as_json_says_the_same(capsys):
    main(["threads", prebuilt("share_revoked"), "--json"])
    table = json.loads(capsys.readouterr().out)
    names = [stack["name"] for stack in table["stacks"]]
    share = table["shares"][0]
    assert (names[share["owner"]], names[share["target"]], share["rights"]) == ("0x01", "0x02", "rw")
    assert share["since"] < share["until"] < table["time"]
    assert share["ended"]["via"] == "rtems_unshare_stack" and share["ended"]["where"].endswith("main.c:44")
    assert table["outcome"] == "fault" and table["left_out"] == 0


def test_the_idle_thread_and_the_console_are_shown_to_who_asks(capsys):
    main(["threads", prebuilt("stack_sharing"), "--all", "--console"])
    out, err = capsys.readouterr()
    assert "IDLE's stack" in out
    assert err.lstrip("\n").startswith("*** BEGIN OF TEST")
