"""The command itself: verbs, help, and every error in one line with the right exit status."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from shlex import quote

import pytest
from support.small_programs import PRINT, exit_with, write_elf

from emulator.cli import main as command
from emulator.cli.arguments import UsageError, count
from emulator.cli.main import VERBS, main
from emulator.errors import ConfigError, GuestAccessError, InternalError, NotModelled

ROOT = Path(__file__).parents[2]


def v7m(*arguments: str, **options: object) -> subprocess.CompletedProcess[bytes]:
    """Run the command in a process of its own."""
    line = [sys.executable, "-m", "emulator.cli.main", *arguments]
    return subprocess.run(line, capture_output=True, check=False, cwd=ROOT, timeout=60, **options)  # type: ignore[call-overload,no-any-return]


def complaint(capsys: pytest.CaptureFixture[str]) -> str:
    """Return the one line on stderr; nothing may be on stdout."""
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("v7m: ") and err.endswith("\n") and err.count("\n") == 1
    assert "Traceback" not in err
    return err[5:-1]


@pytest.mark.parametrize("arguments", [[], ["--help"], ["-h"], ["help"]])
def test_help_teaches_every_verb(arguments, capsys):
    assert main(arguments) == 0
    out, err = capsys.readouterr()
    assert err == ""
    assert all(f"v7m {verb}" in out for verb in VERBS)
    assert "v7m cc -g -O2 main.c -o main.elf" in out


def test_help_begins_with_files_that_are_there(capsys, tmp_path, monkeypatch):
    """A wheel holds no firmware/."""
    for folder, has_programs in ((ROOT, True), (tmp_path, False)):
        monkeypatch.chdir(folder)
        main([])
        out, _ = capsys.readouterr()
        named = re.findall(r"firmware/\S+", out)
        assert bool(named) == has_programs and all(Path(name).exists() for name in named)


def test_help_of_the_compiler_verb_is_ours_and_no_arguments_are_refused(capsys):
    assert main(["cc", "--help"]) == main(["help", "cc"]) == 0
    out, _ = capsys.readouterr()
    assert out.startswith("usage: v7m cc") and "start-up code" in out
    assert main(["cc"]) == 2
    assert "required: FILE. See v7m cc --help." in complaint(capsys)


def test_help_of_a_verb_is_its_own(capsys):
    with pytest.raises(SystemExit) as ended:
        main(["help", "run"])
    assert ended.value.code == 0
    assert "--mpu-backend" in capsys.readouterr().out


def test_the_version_is_the_packages(capsys):
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == "v7m 0.1.0\n"


def test_help_and_version_import_none_of_the_machine():
    code = (
        "import sys; from emulator.cli.main import main; main(['--help']); main(['--version'])\n"
        "assert not [m for m in sys.modules if m.split('.')[0] in ('unicorn', 'capstone', 'argparse', 'elftools')]\n"
        "assert 'emulator.machine' not in sys.modules and 'rtems_shim' not in sys.modules\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=False, cwd=ROOT)
    assert (done.returncode, done.stderr) == (0, b"")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["rn"], "no verb 'rn'. Did you mean v7m run?"),
        (["xyzzy"], "no verb 'xyzzy'. See v7m --help."),
        (["--fast"], "unknown option --fast. See v7m --help."),
        (["README.md"], "no verb 'README.md'. To run that file: v7m run README.md"),
        (["run"], "the following arguments are required: FILE. See v7m run --help."),
        (["run", "--ram"], "--ram: expected one argument. See v7m run --help."),
        (["run", "--nonsense", "x"], "unrecognized arguments: --nonsense. See v7m run --help."),
        (["run", "--board", "x", "--board", "y", "z"], "--board: given twice; give it once. See v7m run --help."),
        (["run", "--os", "zephyr", "firmware/prebuilt/hello.elf"], "--os zephyr is for other kernels: v7m cc built"),
        (["run", "--channel", "uart9", "firmware/prebuilt/hello.elf"], "--channel 'uart9': mps2-an386 has no such"),
        (["run", "--boar", "x", "y"], "unrecognized arguments: --boar. See v7m run --help."),
        (["run", "--max-instructions", "many", "x"], "--max-instructions: 'many' is not a number of instructions."),
        (["run", "--load-address", "top", "x"], "--load-address: 'top' is not an address."),
        (["run", "--report", "xml", "x"], "--report: invalid choice: 'xml'"),
        (["boards", "mps2-an38"], "unknown board 'mps2-an38'. Did you mean 'mps2-an386'?"),
    ],
)
def test_a_command_that_makes_no_sense_is_one_line_and_status_2(arguments, words, capsys, monkeypatch):
    monkeypatch.chdir(ROOT)
    assert main(arguments) == 2
    assert complaint(capsys).startswith(words)


@pytest.mark.parametrize("verb", ["run", "threads", "boards", "registers", "compare"])
def test_every_verb_has_help(verb, capsys):
    with pytest.raises(SystemExit) as ended:
        main([verb, "--help"])
    assert ended.value.code == 0
    assert f"v7m {verb}" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("error", "status", "words"),
    [
        (ConfigError("a: b. Do c."), 2, "a: b. Do c."),
        (UsageError("no. See --help."), 2, "no. See --help."),
        (NotModelled("the ETM is not modelled."), 2, "the ETM is not modelled."),
        (KeyError("x"), 70, "internal error, a bug of v7m: KeyError: 'x'. V7M_TRACEBACK=1 shows where"),
        (InternalError("lost"), 70, "internal error, a bug of v7m: InternalError: lost."),
        (GuestAccessError("no memory"), 70, "internal error, a bug of v7m: GuestAccessError: no memory."),
        (ValueError("two\nlines"), 70, "internal error, a bug of v7m: ValueError: two lines."),
        (RecursionError("deep"), 70, "internal error, a bug of v7m: RecursionError: deep."),
    ],
)
def test_errors_become_one_line_and_a_status(error, status, words, capsys, monkeypatch):
    def fail(arguments: list[str]) -> int:
        raise error

    monkeypatch.setitem(command.VERBS, "boards", (fail, ""))
    monkeypatch.delenv("V7M_TRACEBACK", raising=False)
    assert main(["boards"]) == status
    assert complaint(capsys).startswith(words)


def test_the_traceback_of_our_bug_is_there_for_who_asks(capsys, monkeypatch):
    monkeypatch.setitem(command.VERBS, "boards", (lambda arguments: 1 // 0, ""))
    monkeypatch.setenv("V7M_TRACEBACK", "1")
    assert main(["boards"]) == 70
    err = capsys.readouterr().err
    assert "Traceback" in err and "ZeroDivisionError" in err


def test_ctrl_c_outside_a_run_is_130(monkeypatch):
    def interrupted(arguments: list[str]) -> int:
        raise KeyboardInterrupt

    monkeypatch.setitem(command.VERBS, "boards", (interrupted, ""))
    assert main(["boards"]) == 130


def test_a_list_that_nobody_reads_to_its_end_is_no_error(monkeypatch):
    def gone(arguments: list[str]) -> int:
        raise BrokenPipeError

    monkeypatch.setitem(command.VERBS, "boards", (gone, ""))
    monkeypatch.setattr("emulator.cli.console.forget_standard_output", lambda: None)
    assert main(["boards"]) == 141


@pytest.mark.parametrize(
    ("text", "value"),
    [("1", 1), ("5000", 5000), ("2_000_000", 2_000_000), ("1,000", 1000), ("50k", 50_000), ("10M", 10**7)],
)
def test_numbers_of_instructions_are_written_as_people_do(text, value):
    assert count(text) == value


def test_no_file_of_the_repository_is_needed_to_list_boards(tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "emulator.cli.main", "boards"],
        capture_output=True, check=False, cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert done.returncode == 0
    assert b"mps2-an386   Arm MPS2" in done.stdout and b"(default)" in done.stdout


def test_boards_describes_one(capsys):
    assert main(["boards", "lm3s6965evb"]) == 0
    out = capsys.readouterr().out
    assert "cortex-m3, no FPU, MPU with 8 regions" in out and "0x20000000" in out


# -- in a process of its own ---------------------------------------------------------------------------------------


def test_console_bytes_come_out_unchanged(tmp_path):
    data = bytes(range(1, 256))
    elf = write_elf(tmp_path / "a.elf", f"{PRINT}; {exit_with(0)}", text=data + b"\0")
    done = v7m("run", str(elf))
    assert (done.returncode, done.stdout, done.stderr) == (0, data, b"")


ITM_SEND_CHAR = """
    movw r0, #0; movt r0, #0xe000
    ldr r1, [r0, #0xe80]; lsls r1, r1, #31; beq done    // CMSIS: ITM->TCR, ITM->TER
    ldr r1, [r0, #0xe00]; lsls r1, r1, #31; beq done
    ldr r1, [r0]; cmp r1, #0; beq done
    movs r1, #0x6f; strb r1, [r0]; movs r1, #0x6b; strb r1, [r0]; movs r1, #10; strb r1, [r0]
    done: nop
"""


def test_the_itm_is_a_console_for_who_asks(tmp_path, capsysbinary):
    path = str(write_elf(tmp_path / "itm.elf", f"{ITM_SEND_CHAR}; {exit_with(0)}"))
    assert main(["run", path, "--channel", "itm0"]) == 0
    assert capsysbinary.readouterr() == (b"ok\n", b"")
    assert main(["run", path]) == main(["run", path, "--channel", "itm1"]) == 0
    assert capsysbinary.readouterr() == (b"", b"")


def test_another_uart_is_the_console_for_who_asks_and_the_rest_is_mentioned(tmp_path, capsys):
    code = "movw r0, #0x5000; movt r0, #0x4000; movs r1, #3; str r1, [r0, #8]; movs r1, #0x21; str r1, [r0]"
    path = str(write_elf(tmp_path / "uart1.elf", f"{code}; {exit_with(0)}"))
    assert main(["run", path, "--channel", "uart1"]) == 0
    assert capsys.readouterr() == ("!", "")
    assert main(["run", path]) == 0
    words = "1 bytes that the program sent to uart1 are not shown; --channel uart1 shows them."
    assert capsys.readouterr() == ("", f"v7m: {words}\n")


TOUCHES = "movs r0, #0x60; lsls r0, r0, #24; ldr r1, [r0]; ldr r1, [r0]; str r1, [r0, #16]; ldrb r2, [r0, #1]"


@pytest.mark.parametrize("pure", ["", "1"])
def test_lenient_records_the_first_touch_of_each_absent_address(tmp_path, pure):
    path, trace = write_elf(tmp_path / "absent.elf", f"{TOUCHES}; {exit_with(0)}"), tmp_path / "trace.jsonl"
    done = v7m("run", str(path), "--lenient", "--trace", str(trace), env={**os.environ, "V7M_PURE_PYTHON": pure})
    assert (done.returncode, done.stdout) == (0, b"")
    assert done.stderr.decode().splitlines() == [
        "v7m: nothing at 0x60000000: the first read (4 bytes) is by main+0x4 at 2.",
        "v7m: nothing at 0x60000010: the first write (4 bytes) is by main+0x8 at 4.",
        "v7m: nothing at 0x60000001: the first read (1 bytes) is by main+0xa at 5.",
    ]
    events = [json.loads(line) for line in trace.read_text().splitlines()]
    touched = [(event["t"], event["address"], event["access"]) for event in events if event["kind"] == "absent"]
    assert touched == [(2, "0x60000000", "read"), (4, "0x60000010", "write"), (5, "0x60000001", "read")]
    assert v7m("run", str(path)).returncode == 3


def test_a_report_lists_absent_addresses_and_counts_the_rest(tmp_path, capsys):
    code = "movs r0, #0x60; lsls r0, r0, #24; movs r2, #30; l: str r2, [r0]; adds r0, #4; subs r2, #1; bne l"
    path = str(write_elf(tmp_path / "absent.elf", f"{code}; {exit_with(1)}"))
    assert main(["run", path, "--lenient", "--report", "json"]) == 1
    warnings = json.loads(capsys.readouterr().err)["warnings"]
    assert len(warnings) == 21 and warnings[-1] == "nothing at 10 more addresses that were touched; --trace lists them"


def test_input_goes_to_the_channel_that_is_the_console(tmp_path, capsys):
    code = "movw r0, #0x5000; movt r0, #0x4000; movs r1, #3; str r1, [r0, #8]; w: ldr r1, [r0, #4]; lsls r1, r1, #30"
    code += "; bpl w; ldr r1, [r0]; adds r1, #1; str r1, [r0]"
    path, typed = str(write_elf(tmp_path / "uart1.elf", f"{code}; {exit_with(0)}")), tmp_path / "typed"
    typed.write_bytes(b"A")
    assert main(["run", path, "--channel", "uart1", "--input", str(typed)]) == 0
    assert capsys.readouterr() == ("B", "")


SHELL = """
    movw r4, #0x4000; movt r4, #0x4000; movs r1, #3; str r1, [r4, #8]
    movw r7, #0x1000
wait: subs r7, #1; bne wait
    ldr r1, [r4]
next: movs r6, #0x3e; str r6, [r4]
byte: ldr r6, [r4, #4]; lsls r6, r6, #30; bpl byte
    ldr r6, [r4]; str r6, [r4]
    cmp r6, #0x21; beq done
    cmp r6, #10; bne byte
    b next
done:
"""
"""Reads its data register once to empty it, then prints ``>`` and echoes a line, again, until it reads ``!``."""


@pytest.mark.parametrize(
    ("when", "shown"),
    [("enabled", ">>b>c\n>!"), ("asked", ">a>b>c\n>!"), ("prompt=>", ">a>b>c\n>!"), ("prompt=$", None)],
)
def test_input_comes_when_it_is_to(when, shown, tmp_path, capsys):
    path = str(write_elf(tmp_path / "shell.elf", f"{SHELL}; {exit_with(0)}"))
    typed = tmp_path / "typed"
    typed.write_bytes(b"a>b>c\n!\n")
    status = main(["run", path, "--input", str(typed), "--input-when", when, "--max-instructions", "200k"])
    out, err = capsys.readouterr()
    if shown is None:
        assert (status, out) == (4, ">")
        assert "v7m: the console never showed the text of --input-when, so the program got no input.\n" in err
    else:
        assert (status, out, err) == (0, shown, "")


def test_a_line_comes_for_each_prompt_and_not_before(tmp_path, capsys):
    path = str(write_elf(tmp_path / "shell.elf", f"{SHELL}; {exit_with(0)}"))
    typed = tmp_path / "typed"
    typed.write_bytes(b"one\n")
    assert main(["run", path, "--input", str(typed), "--input-when", "prompt=>", "--max-instructions", "200k"]) == 4
    assert capsys.readouterr().out == ">one\n>"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--input", "FILE", "--input-when", "soon"], "--input-when soon is none of enabled, asked and prompt=TEXT."),
        (["--input", "FILE", "--input-when", "prompt="], "--input-when prompt= is none of enabled, asked and prompt="),
        (["--input-when", "asked"], "--input-when says when the input comes: give --input, too."),
    ],
)
def test_when_input_comes_is_said_as_the_help_says(arguments, words, tmp_path, capsys):
    path = write_elf(tmp_path / "shell.elf", f"{SHELL}; {exit_with(0)}")
    (tmp_path / "typed").write_bytes(b"")
    arguments = [str(tmp_path / "typed") if word == "FILE" else word for word in arguments]
    assert main(["run", str(path), *arguments]) == 2
    assert words in complaint(capsys)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full on this system")
@pytest.mark.parametrize("verb", [["boards"], ["--help"], ["run", "PROGRAM"]])
def test_a_full_disk_behind_stdout_is_said_in_one_line(verb, tmp_path):
    program = str(write_elf(tmp_path / "print.elf", f"{PRINT}; {exit_with(0)}", text=b"hello\0"))
    line = [sys.executable, "-m", "emulator.cli.main", *(program if word == "PROGRAM" else word for word in verb)]
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(line, stdout=full, stderr=subprocess.PIPE, check=False, cwd=ROOT, timeout=60)
    assert done.stderr == b"v7m: stdout cannot be written: No space left on device. Send it elsewhere, or make room.\n"
    assert done.returncode == 2


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full on this system")
@pytest.mark.parametrize("option", ["--trace", "--tarmac", "--trace-registers"])
def test_a_file_that_cannot_be_written_ends_the_run_and_is_all_that_is_said(option, tmp_path, capsys):
    program = str(write_elf(tmp_path / "a.elf", "b ."))
    assert main(["run", program, option, "/dev/full"]) == 2
    said = complaint(capsys)
    assert said == f"{option} /dev/full cannot be written: No space left on device. Choose another file."


@pytest.mark.parametrize(
    "option", ["--trace", "--report-file", "--core", "--tarmac", "--trace-registers", "--input", "--semihosting-root"]
)
def test_an_empty_name_is_no_file_and_no_option_left_out(option, tmp_path, capsys):
    assert main(["run", str(write_elf(tmp_path / "a.elf", exit_with(0))), option, ""]) == 2
    assert f"{option} ''" in complaint(capsys)


def test_options_that_do_not_go_together_cost_no_file(tmp_path, capsys):
    program, kept = str(write_elf(tmp_path / "a.elf", exit_with(0))), tmp_path / "trace.jsonl"
    kept.write_text("dear")
    for others in (["--coverage-add"], ["--tarmac", "x", "--trace-registers", "y"]):
        assert main(["run", program, "--trace", str(kept), *others]) == 2
        assert complaint(capsys) and kept.read_text() == "dear"


@pytest.mark.parametrize("name", ["", "x" * 300, "\0"])
def test_a_name_that_no_file_of_cases_can_have_is_refused(name, capsys):
    assert main(["test", name]) == 2
    assert complaint(capsys)


def test_a_file_that_is_no_register_trace_gets_no_heading(tmp_path, capsys):
    path = tmp_path / "no.trace"
    path.write_bytes(b"something else")
    assert main(["registers", str(path)]) == 2
    assert "is not a register trace" in complaint(capsys)


def test_a_reader_that_goes_away_ends_the_run(tmp_path):
    elf = write_elf(tmp_path / "a.elf", f"again: {PRINT}; b again", text=b"hello\n\0")
    command_line = [sys.executable, "-m", "emulator.cli.main", "run", str(elf)]
    process = subprocess.Popen(command_line, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=ROOT)
    assert process.stdout is not None and process.stderr is not None
    assert process.stdout.readline() == b"hello\n"
    process.stdout.close()
    err = process.stderr.read()
    process.stderr.close()
    assert process.wait(30) == 141
    assert err == b""


@pytest.mark.parametrize("inherited", [signal.SIG_DFL, signal.SIG_IGN], ids=["terminal", "background"])
def test_ctrl_c_ends_a_run_with_a_report_and_a_valid_trace(inherited, tmp_path):
    elf = write_elf(tmp_path / "a.elf", f"{PRINT}; again: adds r0, #1; b again", text=b"begun\n\0")
    trace = tmp_path / "trace.jsonl"
    process = subprocess.Popen(
        [sys.executable, "-m", "emulator.cli.main", "run", str(elf), "--trace", str(trace)],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=ROOT,
        preexec_fn=lambda: signal.signal(signal.SIGINT, inherited),
    )  # fmt: skip
    assert process.stdout is not None
    assert process.stdout.readline() == b"begun\n"
    time.sleep(0.2)
    process.send_signal(2)
    _, err = process.communicate(timeout=30)
    assert process.returncode == 130
    assert err.startswith(b"\nInterrupted in main+0x")
    lines = trace.read_text().splitlines()
    assert '"kind":"header"' in lines[0] and '"outcome":"interrupted"' in lines[-1]


def test_ctrl_c_ends_what_began_in_the_background_before_it_runs_anything(tmp_path):
    os.mkfifo(tmp_path / "nobody writes")
    line = [sys.executable, "-m", "v7m", "run", str(tmp_path / "nobody writes")]
    with (
        subprocess.Popen(
            line, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_IGN),
        ) as process,
        (tmp_path / "nobody writes").open("wb"),  # the command has opened it, and reads
    ):  # fmt: skip
        process.send_signal(signal.SIGINT)
        assert process.communicate(timeout=30) == (b"", b"")
    assert process.returncode == 130


@pytest.mark.parametrize("closed", ["2>&-", ">&-", ">&- 2>&-", "<&-"])
def test_standard_streams_may_be_closed(closed, tmp_path):
    elf = write_elf(tmp_path / "a.elf", f"{PRINT}; {exit_with(5)}", text=b"x\0")
    line = f"exec {quote(sys.executable)} -m emulator.cli.main run {quote(str(elf))} {closed}"
    done = subprocess.run(line, shell=True, cwd=ROOT, check=False, capture_output=True)
    assert done.returncode == 5
    assert b"Traceback" not in done.stderr
