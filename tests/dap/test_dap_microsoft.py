"""The adapter, driven by Microsoft's own test client: each scenario of microsoft/scenarios.js is a test."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from support.dap_client import Client
from support.npm_packages import installed
from support.tools import require_tool

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
SCENARIOS = HERE / "microsoft" / "scenarios.js"
NAMES = re.findall(r"^exports\.(\w+) = ", SCENARIOS.read_text(encoding="utf-8"), re.MULTILINE)


def client_folder() -> Path:
    """Return where Microsoft's client is installed."""
    require_tool("gdb-multiarch")
    return installed(HERE / "microsoft")


def build_program(folder: Path, text: str = "") -> tuple[Path, Path]:
    """Compile program.c, or another ``text``, in ``folder``; return source and program."""
    source, program = folder / "program.c", folder / "program.elf"
    source.write_text(text or (HERE / "program.c").read_text(encoding="utf-8"), encoding="utf-8")
    command = [sys.executable, "-m", "emulator.cli.main", "cc", "-g", "-O0", str(source), "-o", str(program)]
    subprocess.run(command, check=True)
    return source, program


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Return the variables of scenarios.js, the program compiled."""
    require_tool("arm-none-eabi-gcc")
    source, program = build_program(tmp_path_factory.mktemp("program"))
    return {
        **os.environ,
        "CLIENT_FOLDER": str(client_folder()),
        "V7M": str(Path(sys.executable).parent / "v7m"),
        "PROGRAM": str(program),
        "SOURCE": str(source),
        "ROOT": str(ROOT),
    }


@pytest.mark.parametrize("name", NAMES)
def test_with_microsofts_client(name: str, environment: dict[str, str]) -> None:
    command = [require_tool("node"), str(SCENARIOS), name]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_restart_runs_the_program_as_it_was_built_since(tmp_path: Path) -> None:
    """The lines of the new build are those that the breakpoints stop at, and its output is the new one."""
    require_tool("arm-none-eabi-gcc")
    source, program = build_program(tmp_path)
    with Client() as client:
        client.ask("initialize", adapterID="v7m")
        assert client.response(client.send("launch", program=str(program)))["success"]
        client.ask("setFunctionBreakpoints", breakpoints=[{"name": "move"}])
        client.ask("configurationDone")

        def line() -> int:
            thread = client.event("stopped")["threadId"]
            return int(client.ask("stackTrace", threadId=thread, levels=1)["stackFrames"][0]["line"])

        before = line()
        build_program(tmp_path, "\n\n\n" + (HERE / "program.c").read_text().replace("the sum is", "the new sum is"))
        client.ask("restart")
        assert line() == before + 3
        client.ask("setFunctionBreakpoints", breakpoints=[])
        client.ask("continue", threadId=1)
        client.event("terminated")
        printed = "".join(m["body"]["output"] for m in client.messages if m.get("event") == "output")
        assert "the new sum is" in printed and "the sum is" not in printed
        client.ask("disconnect")
    assert source.exists()
