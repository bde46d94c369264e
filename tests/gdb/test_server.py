"""The server as a process: one client at a time on the loopback, clients that vanish, and what it says."""

import re
import signal
import socket
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import pytest
from support.gdb import PREBUILT, QUIET, ROOT, TIMEOUT, serving
from support.small_programs import write_elf
from support.tools import require_tool

from emulator.cli.debug import parse_address
from emulator.errors import ConfigError
from emulator.gdb.packet import encode
from emulator.gdb.server import BUSY

ISOLATION = PREBUILT / "stack_isolation.elf"


@contextmanager
def listening(elf):
    """A server of ``elf``; gives its process and its port."""
    words = [sys.executable, "-m", "v7m", "debug", str(elf), "--listen", "0"]
    with subprocess.Popen(words, stderr=subprocess.PIPE, text=True, cwd=ROOT) as process:
        try:
            line = process.stderr.readline()
            yield process, int(re.search(r"target remote 127\.0\.0\.1:(\d+)", line)[1])
        finally:
            process.kill()


def connect(port):
    client = socket.create_connection(("127.0.0.1", port), timeout=TIMEOUT)
    client.settimeout(TIMEOUT)
    return client


def ask(client, data, until):
    client.sendall(data)
    got = b""
    while until not in got:
        piece = client.recv(4096)
        assert piece, got
        got += piece
    return got


def test_clients_come_one_after_another_and_a_second_one_is_told_to_wait(tmp_path):
    with listening(write_elf(tmp_path / "a.elf", "nop; l: nop; b l")) as (process, port):
        with connect(port) as first:
            assert ask(first, b"$vCont;s#b8", b"#").startswith(b"+$T05thread:1;")
            with connect(port) as second:
                assert second.recv(200) == BUSY and second.recv(200) == b""
            first.sendall(b"$vCont;c#a8")  # and vanishes while the program runs
        with connect(port) as third:
            assert ask(third, b"$qC#b4", b"#c5") == b"+$QC1#c5"
            ask(third, b"$D#44", b"#9a")
        with connect(port) as fourth:
            assert ask(fourth, b"$k#6b$?#3f", b"+")
        with connect(port) as fifth:
            reply = ask(fifth, b"$pf#d6", b"#")
            assert b"$00010000#" in reply, "the program was killed, and is at its beginning"
        process.send_signal(signal.SIGINT)
        assert process.wait(TIMEOUT) == 130


def test_the_loopback_is_the_default_and_the_port_may_be_in_use():
    assert parse_address("3333") == ("127.0.0.1", 3333)
    assert parse_address("0.0.0.0:1") == ("0.0.0.0", 1)
    assert parse_address("[::1]:0") == ("::1", 0)
    for wrong in ("", "x", "host:", "1:99999", "127.0.0.1", ":-1"):
        with pytest.raises(ConfigError, match="is no port"):
            parse_address(wrong)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        words = [sys.executable, "-m", "v7m", "debug", str(ISOLATION), "--listen", str(port)]
        done = subprocess.run(words, capture_output=True, text=True, cwd=ROOT, timeout=TIMEOUT, check=False)
    assert done.returncode == 2
    words = "Address already in use. Choose another port, or 0 for one that is free."
    assert done.stderr == f"v7m: --listen 127.0.0.1:{port}: {words}\n"


def test_a_pipe_that_closes_ends_the_command_and_stdout_holds_packets_only():
    sent = b"+" + encode(b"qSupported:") + b"+" + encode(b"vCont;c")
    done = subprocess.run(serving(ISOLATION), input=sent, capture_output=True, cwd=ROOT, timeout=TIMEOUT, check=False)
    assert done.returncode == 0
    assert done.stdout.startswith(b"+$PacketSize=") and b"Traceback" not in done.stderr
    rest = re.sub(rb"\$[^#]*#[0-9a-f]{2}|\+", b"", done.stdout)
    assert rest == b"", "nothing but packets"


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--stdio", "--listen", "1"], "--stdio, --listen and --gdb-script are three ways to a debugger"),
        (["--stdio", "--input", "-"], "both want stdin"),
        (["--listen", "host:port"], "'port' is no port"),
    ],
)
def test_wrong_use_is_one_line(options, words):
    command = [sys.executable, "-m", "v7m", "debug", str(ISOLATION), *options]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, timeout=TIMEOUT, check=False)
    assert done.returncode == 2 and done.stdout == ""
    assert done.stderr.startswith("v7m: ") and words in done.stderr and done.stderr.count("\n") == 1


def test_the_gdb_script_is_asked_for_alone():
    command = [sys.executable, "-m", "v7m", "debug", "--gdb-init", str(ISOLATION)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, timeout=TIMEOUT, check=False)
    assert (done.returncode, done.stdout) == (2, "") and "give it alone" in done.stderr


def test_the_path_of_the_gdb_script_is_printed():
    command = [sys.executable, "-m", "v7m", "debug", "--gdb-init"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, timeout=TIMEOUT, check=True)
    path = done.stdout.removeprefix("source ").rstrip("\n")
    assert Path(path).is_file() and path.endswith("v7m.gdb")


def test_the_real_gdb_kills_reconnects_and_has_two_sessions_after_one_another():
    with listening(ISOLATION) as (_, port):
        gdb = require_tool("gdb-multiarch")
        remote = ["-ex", f"target remote :{port}"]
        for _ in range(2):
            words = [gdb, "-batch", *QUIET, str(ISOLATION), *remote, "-ex", "tbreak POSIX_Init", "-ex", "continue"]
            done = subprocess.run(
                [*words, "-ex", "kill", *remote, "-ex", "info symbol $pc", "-ex", "continue", "-ex", "kill"],
                capture_output=True, text=True, timeout=TIMEOUT, check=False,
            )  # fmt: skip
            text = done.stdout
            assert "breakpoint 1, POSIX_Init" in text.replace("Temporary ", "")
            assert "rtems_shim_reset" in text.partition("killed")[2], "at the beginning again"
            assert "SIGSEGV" in text.partition("killed")[2]


def script(folder, *commands):
    path = folder / "commands.gdb"
    path.write_text("\n".join(commands))
    return path


@pytest.mark.parametrize(
    ("program", "options", "commands", "status", "words"),
    [
        ("stack_isolation", ["--run-to-fault"], ["bt", "monitor why"], 3, " in memset ()"),
        ("hello", ["--run-to-fault"], ["bt"], 0, "The program ended successfully."),
        ("hello", [], ["break POSIX_Init", "continue", "p 6 * 7"], 0, "= 42"),
        ("hello", [], ["nonsense"], 2, "a command failed"),
        ("errno_mmap", [], ["continue"], 0, "exited normally"),
    ],
)
def test_a_script_of_gdbs_commands_runs_and_the_status_is_the_programs(
    tmp_path, program, options, commands, status, words
):
    require_tool("gdb-multiarch")
    file = script(tmp_path, *commands)
    command = [sys.executable, "-m", "v7m", "debug", PREBUILT / f"{program}.elf", *options, "--gdb-script", file]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, timeout=TIMEOUT, check=False)
    assert done.returncode == status, done.stdout + done.stderr
    assert words in done.stdout + done.stderr
    if program == "stack_isolation":
        assert "MemManage: Init (POSIX_Init, main.c:39), in memset" in done.stdout.partition("#0")[0]


def test_a_script_may_come_by_a_pipe_and_is_no_directory(tmp_path):
    require_tool("gdb-multiarch")
    command = [sys.executable, "-m", "v7m", "debug", str(PREBUILT / "hello.elf"), "--gdb-script"]
    once = {"capture_output": True, "text": True, "cwd": ROOT, "timeout": TIMEOUT, "check": False}
    done = subprocess.run([*command, "/dev/stdin"], input="p 6 * 7\n", **once)
    assert (done.returncode, "= 42" in done.stdout) == (0, True), done.stderr
    done = subprocess.run([*command, str(tmp_path)], **once)
    assert done.returncode == 2 and done.stderr.endswith(": that is a directory.\n")


def test_a_script_that_is_not_there_is_named():
    command = [sys.executable, "-m", "v7m", "debug", str(ISOLATION), "--gdb-script", "no/such.gdb"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, timeout=TIMEOUT, check=False)
    assert (done.returncode, done.stderr) == (2, "v7m: --gdb-script no/such.gdb: there is no such file.\n")


def monitor_packet(words):
    return encode(b"qRcmd," + words.encode().hex().encode())


def test_what_takes_for_ever_ends_by_an_interrupt_and_when_the_client_is_gone(tmp_path):
    with listening(write_elf(tmp_path / "a.elf", "nop; l: nop; b l")) as (_process, port):
        with connect(port) as first:
            first.sendall(monitor_packet("goto 0x7fffffffffff"))
            text = ask(first, b"\x03", b"$OK#")
            shown = b"".join(bytes.fromhex(one.decode()) for one in re.findall(rb"\$O([0-9a-f]+)#", text))
            assert b", interrupted; stopped at 0x" in shown
            first.sendall(monitor_packet("goto 0x7fffffffffff"))  # and vanishes
        with connect(port) as second:
            assert ask(second, b"$qC#b4", b"#c5") == b"+$QC1#c5"
