"""``v7m dap`` as a process with a real GDB: what a client sees of it, and what is left when it is gone."""

from __future__ import annotations

import json
import os
import re
import select
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from support.dap_client import ADAPTER, Client
from support.tools import require_tool

from emulator.cli import cc
from emulator.dap.gdb_process import PROGRAMS
from emulator.dap.session import LOG_MARK

ROOT = Path(__file__).parents[2]
PROGRAM = ROOT / "firmware" / "prebuilt" / "stack_isolation.elf"
STUCK = ROOT / "firmware" / "prebuilt" / "switch_storm.elf"
SOURCE = ROOT / "firmware" / "stack_isolation" / "main.c"


def children(pid: int) -> list[int]:
    """Return the processes below ``pid``."""
    done = subprocess.run(["ps", "-e", "-o", "pid=,ppid="], capture_output=True, text=True, check=True)
    pairs = [tuple(map(int, line.split())) for line in done.stdout.splitlines()]
    found = [child for child, parent in pairs if parent == pid]
    return [*found, *(grandchild for child in found for grandchild in children(child))]


def is_alive(pid: int) -> bool:
    state = Path(f"/proc/{pid}/stat")
    return state.exists() and state.read_text().rpartition(")")[2].split()[0] != "Z"


def wait_until(condition: Callable[[], bool]) -> bool:
    """Wait for ``condition`` up to ten seconds, and return it."""
    for _ in range(200):
        if condition():
            return True
        select.select([], [], [], 0.05)
    return condition()


def begin(client: Client, **launch: object) -> None:
    """Launch the program up to where breakpoints are set."""
    require_tool(PROGRAMS[0])
    client.ask("initialize", adapterID="v7m")
    number = client.send("launch", **{"program": str(PROGRAM), **launch})
    assert client.response(number)["success"], client.messages[-1]
    client.event("initialized")


def test_without_a_gdb_the_launch_fails_in_one_line_that_names_the_remedy(tmp_path: Path) -> None:
    with Client(PATH=str(tmp_path)) as client:
        client.ask("initialize", adapterID="v7m")
        words = client.fails("launch", program=str(PROGRAM))
        client.ask("disconnect")
    assert "no GDB for ARM" in words and "gdb-multiarch" in words and "gdbPath" in words and "\n" not in words


def test_a_program_that_is_no_gdb_is_said_to_have_ended() -> None:
    with Client() as client:
        client.ask("initialize", adapterID="v7m")
        assert "GDB has ended (status 1)" in client.fails("launch", program=str(PROGRAM), gdbPath=shutil.which("false"))
        client.ask("disconnect")


def test_paths_of_a_program_built_relative_are_those_of_the_folder_that_it_is_debugged_in() -> None:
    with Client() as client:
        begin(client, cwd=str(ROOT))
        line = next(
            n for n, text in enumerate(SOURCE.read_text().splitlines(), 1) if "pthread_join" in text or "join(" in text
        )
        found = client.ask("setBreakpoints", source={"path": str(SOURCE)}, breakpoints=[{"line": line}])["breakpoints"]
        assert found[0]["verified"] and found[0]["source"]["path"] == str(SOURCE)
        client.ask("disconnect")


def test_a_run_without_debugging_explains_a_fault_and_ends_without_a_stop() -> None:
    with Client() as client:
        begin(client, cwd=str(ROOT), noDebug=True)
        client.ask("setExceptionBreakpoints", filters=["faults"])
        client.ask("configurationDone")
        client.event("terminated")
        said = "".join(m["body"]["output"] for m in client.messages if m.get("event") == "output")
        assert "MemManage: Init (POSIX_Init, main.c:39), in memset, tried to write" in said and "decided" in said
        assert not [m for m in client.messages if m.get("event") == "stopped"]
        client.ask("disconnect")


def test_a_program_that_has_ended_can_be_restarted_and_a_folder_that_is_none_is_said() -> None:
    with Client() as client:
        client.ask("initialize", adapterID="v7m")
        assert "/no/such" in client.fails("launch", program=str(PROGRAM), cwd="/no/such")
        hello = str(PROGRAM.with_name("hello.elf"))
        assert client.response(client.send("launch", program=hello))["success"]
        client.event("initialized")
        client.ask("configurationDone")
        client.event("terminated")
        assert "exited" in [m.get("event") for m in client.messages]
        client.ask("restart")
        client.event("terminated")
        client.ask("disconnect")


def test_nothing_is_left_when_the_client_disconnects_from_a_running_program() -> None:
    with Client() as client:
        begin(client, program=str(STUCK))
        client.ask("configurationDone")
        below = children(client.process.pid)
        assert len(below) >= 2, "a GDB and a server"
        client.ask("disconnect")
        assert client.process.wait(10) == 0
    assert wait_until(lambda: not any(map(is_alive, below)))


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL, signal.SIGINT])
def test_nothing_is_left_when_the_adapter_is_killed(number: int) -> None:
    with Client() as client:
        begin(client, program=str(STUCK))
        client.ask("configurationDone")
        below = children(client.process.pid)
        assert len(below) >= 2
        client.process.send_signal(number)
        client.process.wait(10)
    assert wait_until(lambda: not any(map(is_alive, below)))


def test_a_gdb_that_is_killed_ends_the_session_in_words() -> None:
    with Client() as client:
        begin(client)
        gdb = next(pid for pid in children(client.process.pid) if b"mi3" in Path(f"/proc/{pid}/cmdline").read_bytes())
        os.kill(gdb, signal.SIGKILL)
        assert "GDB has ended (signal 9)" in client.event("output")["output"]
        client.event("terminated")
        client.ask("disconnect")
        assert client.process.wait(10) == 0


def test_a_program_that_is_the_same_gives_the_same_messages() -> None:
    def messages() -> list[str]:
        with Client() as client:
            begin(client, cwd=str(ROOT))
            client.ask("configurationDone")
            thread = client.event("stopped")["threadId"]
            client.ask("threads")
            client.ask("stackTrace", threadId=thread, levels=5)
            client.ask("disconnect")
            return [json.dumps(message) for message in client.messages]

    assert messages() == messages()


def test_a_port_is_free_again_and_a_client_that_vanishes_leaves_it_to_the_next() -> None:
    listener = subprocess.Popen([*ADAPTER, "--listen", "127.0.0.1:0"], stderr=subprocess.PIPE, text=True)
    assert listener.stderr is not None
    try:
        match = re.search(r"listening on (127\.0\.0\.1):(\d+)", listener.stderr.readline())
        assert match is not None
        place = (match[1], int(match[2]))
        for _ in range(3):
            with socket.create_connection(place, 60) as client:
                client.sendall(b'Content-Length: 56\r\n\r\n{"seq":1,"type":"request","command":"initialize"')
        with socket.create_connection(place, 60) as client:
            client.sendall(b'Content-Length: 49\r\n\r\n{"seq":1,"type":"request","command":"initialize"}')
            assert b"supportsConfigurationDoneRequest" in client.recv(1 << 16)
        assert listener.poll() is None
        second = subprocess.run(
            [*ADAPTER, "--listen", f"127.0.0.1:{place[1]}"], capture_output=True, text=True, check=False
        )
        assert second.returncode == 2 and second.stderr.count("\n") == 1 and str(place[1]) in second.stderr
    finally:
        listener.send_signal(signal.SIGINT)
        assert listener.wait(60) == 130
        listener.stderr.close()
    with socket.create_server(place):
        pass


@pytest.mark.parametrize("place", ["4711", "host:", "127.0.0.1:x", "127.0.0.1:99999"])
def test_a_place_that_is_none_is_bad_usage(place: str) -> None:
    done = subprocess.run([*ADAPTER, "--listen", place], capture_output=True, text=True, check=False)
    assert done.returncode == 2 and "127.0.0.1:4711" in done.stderr and done.stderr.count("\n") == 1


def test_the_log_shows_both_sides_and_an_unwritable_one_is_bad_usage(tmp_path: Path) -> None:
    log = tmp_path / "log.txt"
    with Client("--log", str(log)) as client:
        begin(client)
        client.ask("disconnect")
    marks = {line[:2] for line in log.read_text(encoding="utf-8").splitlines()}
    assert {"->", "<-", "=>", "<="} <= marks
    done = subprocess.run([*ADAPTER, "--log", "/no/such/folder/x"], capture_output=True, text=True, check=False)
    assert done.returncode == 2 and "/no/such/folder/x" in done.stderr


def test_standard_output_carries_messages_and_nothing_else() -> None:
    with Client() as client:
        begin(client)
        client.ask("configurationDone")
        client.event("stopped")  # Client.receive demands the exact frames
        assert any(m["body"]["category"] == "stdout" for m in client.messages if m.get("event") == "output")
        client.ask("disconnect")
        assert client.process.stdout is not None and client.process.stdout.read() == b""


def test_gdb_and_the_adapter_agree_about_how_log_points_begin() -> None:
    text = (ROOT / "emulator" / "dap" / "log_points_in_gdb.py").read_text(encoding="utf-8")
    assert f'MARK = "{LOG_MARK}"' in text


def test_the_module_is_importable_without_what_only_the_machine_needs() -> None:
    code = "import sys, emulator.cli.dap, emulator.dap.adapter; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = done.stdout.split()
    assert "emulator.dap.session" in loaded
    assert not [name for name in loaded if name.startswith(("emulator.engine", "emulator.machine", "elftools"))]


CXX = """
#include <stdlib.h>
#include <rtems.h>
template <typename A, typename B> struct Pair { A first; B second; };
struct Both : public Pair<int, char> { int third; };
Both both;
static int third_of(Both &seen) { return seen.third; }
extern "C" rtems_task Init(rtems_task_argument)
{
  both.first = 41;
  exit(third_of(both));
}
#define CONFIGURE_MAXIMUM_TASKS 1
#define CONFIGURE_RTEMS_INIT_TASKS_TABLE
#define CONFIGURE_INIT
#include <rtems/confdefs.h>
"""


def test_a_base_whose_name_has_blanks_and_a_comma_is_opened(tmp_path: Path) -> None:
    require_tool("arm-none-eabi-g++")
    (tmp_path / "pair.cpp").write_text(CXX)
    assert cc.run(["-g", "-O0", "-fno-rtti", str(tmp_path / "pair.cpp"), "-o", str(tmp_path / "pair.elf")]) == 0
    with Client() as client:
        begin(client, program=str(tmp_path / "pair.elf"))
        client.ask("setFunctionBreakpoints", breakpoints=[{"name": "third_of"}])
        client.send("configurationDone")
        client.event("stopped")
        held = client.ask("evaluate", expression="both")["variablesReference"]
        base = client.ask("variables", variablesReference=held)["variables"][0]
        assert base["name"] == "Pair<int, char>"
        parts = client.ask("variables", variablesReference=base["variablesReference"])["variables"]
        client.ask("disconnect")
    assert [(part["name"], part["value"]) for part in parts] == [("first", "41"), ("second", "0 '\\000'")]


LARGE = """
#include <rtems.h>
#include <stdlib.h>
struct pair { int a, b; };
static struct pair pairs[3000];
static int __attribute__((noinline)) total(int count)
{
  int wide[count];
  for (int i = 0; i < count; i++)
    wide[i] = i;
  return wide[count - 1]; /* filled */
}
rtems_task Init(rtems_task_argument unused)
{
  (void) unused;
  pairs[2500].b = 7;
  exit(total(1200));
}
#define CONFIGURE_INIT_TASK_STACK_SIZE 16384
#define CONFIGURE_MAXIMUM_TASKS 1
#define CONFIGURE_RTEMS_INIT_TASKS_TABLE
#define CONFIGURE_INIT
#include <rtems/confdefs.h>
"""


def test_some_elements_of_a_large_array_are_all_that_is_asked_for(tmp_path: Path) -> None:
    require_tool("arm-none-eabi-gcc")
    source, log = tmp_path / "large.c", tmp_path / "log.txt"
    source.write_text(LARGE)
    assert cc.run(["-g", "-O0", str(source), "-o", str(tmp_path / "large.elf")]) == 0
    line = next(n for n, text in enumerate(LARGE.splitlines(), 1) if "filled" in text)
    with Client("--log", str(log)) as client:
        begin(client, program=str(tmp_path / "large.elf"))
        client.ask("setBreakpoints", source={"path": str(source)}, breakpoints=[{"line": line}])
        client.send("configurationDone")
        thread = client.event("stopped")["threadId"]
        inner, outer = client.ask("stackTrace", threadId=thread, levels=2)["stackFrames"]
        wide = client.ask("evaluate", expression="wide", frameId=inner["id"])
        assert wide["indexedVariables"] == 1200
        reference = wide["variablesReference"]
        found = client.ask("variables", variablesReference=reference, start=1100, count=3)["variables"]
        assert [(part["name"], part["value"]) for part in found] == [(f"[{n}]", str(n)) for n in (1100, 1101, 1102)]
        client.ask("setVariable", variablesReference=reference, name="[1101]", value="5")
        again = client.ask("variables", variablesReference=reference, start=1101, count=2)["variables"]
        assert [(part["name"], part["value"]) for part in again] == [("[1101]", "5"), ("[1102]", "1102")]
        assert client.ask("evaluate", expression=again[0]["evaluateName"], frameId=inner["id"])["result"] == "5"
        every = client.ask("variables", variablesReference=reference)["variables"]
        assert len(every) == 1001 and every[-1]["value"] == "200 more"

        pairs = client.ask("evaluate", expression="pairs", frameId=outer["id"])["variablesReference"]
        pair = client.ask("variables", variablesReference=pairs, start=2500, count=1)["variables"][0]
        members = client.ask("variables", variablesReference=pair["variablesReference"])["variables"]
        assert [(part["name"], part["value"]) for part in members] == [("a", "0"), ("b", "7")]
        assert client.ask("evaluate", expression=members[1]["evaluateName"], frameId=outer["id"])["result"] == "7"
        client.ask("disconnect")
    # what made each of 1,200 elements, and of 300,000,000 where a length is not yet set
    assert not [text for text in log.read_text().splitlines() if "-var-list-children" in text and "1100" in text]


UNSET = """
#include <rtems.h>
#include <stdlib.h>
volatile int length = 5;
static int __attribute__((noinline)) total(void)
{
  int count = length;
  int unset[count];
  unset[0] = count;
  return unset[0];
}
static void __attribute__((noinline)) leave(void)
{
  volatile unsigned left[64];
  for (int i = 0; i < 64; i++)
    left[i] = 300000000;
}
rtems_task Init(rtems_task_argument unused)
{
  (void) unused;
  leave();
  exit(total());
}
#define CONFIGURE_MAXIMUM_TASKS 1
#define CONFIGURE_RTEMS_INIT_TASKS_TABLE
#define CONFIGURE_INIT
#include <rtems/confdefs.h>
"""


def test_an_array_whose_length_is_not_yet_set_is_opened_at_once(tmp_path: Path) -> None:
    require_tool("arm-none-eabi-gcc")
    (tmp_path / "unset.c").write_text(UNSET)
    assert cc.run(["-g", "-O0", str(tmp_path / "unset.c"), "-o", str(tmp_path / "unset.elf")]) == 0
    with Client() as client:
        begin(client, program=str(tmp_path / "unset.elf"))
        client.ask("setFunctionBreakpoints", breakpoints=[{"name": "total"}])
        client.send("configurationDone")
        thread = client.event("stopped")["threadId"]
        frame = client.ask("stackTrace", threadId=thread, levels=1)["stackFrames"][0]["id"]
        scope = client.ask("scopes", frameId=frame)["scopes"][0]["variablesReference"]
        shown = {part["name"]: part for part in client.ask("variables", variablesReference=scope)["variables"]}
        assert shown["unset"]["indexedVariables"] > 1_000_000
        reference = shown["unset"]["variablesReference"]
        found = client.ask("variables", variablesReference=reference, start=0, count=100)["variables"]
        assert [part["name"] for part in found] == [f"[{n}]" for n in range(100)]
        client.ask("disconnect")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_nothing_is_left_when_the_adapter_is_killed_while_gdb_is_busy(number: int) -> None:
    with Client() as client:
        begin(client)
        client.send("configurationDone")
        client.event("stopped")
        below = children(client.process.pid)
        assert len(below) >= 2, "a GDB and a server"
        busy = "python print('busy', flush=True); import time; time.sleep(120)"
        client.send("evaluate", expression=f"-exec {busy}", context="repl")
        select.select([], [], [], 0.5)
        client.process.send_signal(number)
        assert client.process.wait(10) == 128 + number
    assert wait_until(lambda: not any(map(is_alive, below)))
