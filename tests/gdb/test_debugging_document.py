"""docs/debugging.md shows what GDB really prints: its sessions are run again.

``PYTHONPATH=tests python tests/gdb/test_debugging_document.py`` brings them up to date.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
import textwrap
from pathlib import Path

import pytest
from support.gdb import PREBUILT, ROOT, TIMEOUT, client_of
from support.tools import require_tool

DOCUMENT = ROOT / "docs" / "debugging.md"
SECTION = re.compile(
    r"<!-- session: (?P<program>\S+) -->\n(?P<text>.*?)(?=<!-- session|^## |\Z)", re.DOTALL | re.MULTILINE
)
PROMPT = "    (gdb) "


def block(text: str) -> str:
    """Return what GDB printed as lines of the document."""
    return "".join(f"    {line}".rstrip() + "\n" for line in text.splitlines())


def commands_of(text: str) -> list[str]:
    return [line.removeprefix(PROMPT) for line in text.splitlines() if line.startswith(PROMPT)]


def outputs(program: str, commands: list[str]) -> list[str]:
    """Return what GDB prints for each command, in a folder where the document's program is compiled."""
    gdb = require_tool("gdb-multiarch")
    bin_ = Path(sys.executable).parent
    environment = os.environ | {"PATH": f"{bin_}:{os.environ['PATH']}"}

    def run(words: list[str], folder: str | Path) -> str:
        return subprocess.run(words, cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              text=True, timeout=TIMEOUT, check=True).stdout  # fmt: skip

    with tempfile.TemporaryDirectory() as folder:
        place: str | Path = ROOT
        if program == "bug.elf":
            place = folder
            found = re.search(r"<!-- program: bug.c -->\n\n((?:    .*\n|\n)*?)(?=    \$ )", DOCUMENT.read_text())
            assert found is not None
            Path(folder, "bug.c").write_text(textwrap.dedent(found[1]))
            run(["v7m", "cc", "-g", "-O1", "bug.c", "-o", "bug.elf"], folder)
        init = run(["v7m", "debug", "--gdb-init"], folder).strip()
        words = [gdb, "-nx", "-q", "-batch", program]
        for command in (init, "set confirm off", "set width 0", "set remotetimeout 60"):
            words += ["-ex", command]
        for number, command in enumerate(commands):
            words += ["-ex", f"echo <<{number}>>\\n", "-ex", command]
        text = run([*words, "-ex", "echo <<end>>\\n", "-ex", "kill"], place).partition("<<end>>\n")[0]
    return re.split(r"<<\d+>>\n", text)[1:]


def shown_again(section: re.Match[str]) -> str:
    """Return a section with what GDB prints now."""
    commands = commands_of(section["text"])
    printed = dict(enumerate(outputs(section["program"], commands)))
    lines: list[str] = []
    number, in_session = 0, False
    for line in section["text"].splitlines():
        if line.startswith(PROMPT):
            lines += [line, *block(printed[number]).splitlines()]
            number, in_session = number + 1, True
        elif not in_session or not (line.startswith("    ") or not line):
            if in_session and lines[-1]:
                lines.append("")
            lines.append(line)
            in_session = False
    return f"<!-- session: {section['program']} -->\n" + "\n".join(lines).rstrip() + "\n\n"


SECTIONS = list(SECTION.finditer(DOCUMENT.read_text()))


@pytest.mark.parametrize("section", SECTIONS, ids=lambda section: section["program"])
def test_a_session_in_the_document_is_what_gdb_prints(section: re.Match[str]) -> None:
    require_tool("arm-none-eabi-gcc")
    assert shown_again(section).split() == section[0].split()


def test_the_document_names_every_monitor_command() -> None:
    with client_of(PREBUILT / "stack_sharing.elf") as client:
        names = {line.split()[1] for line in client.monitor("help").splitlines()}
    assert names - set(re.findall(r"`([a-z-]+)", DOCUMENT.read_text().partition("## Monitor")[2])) == set()


if __name__ == "__main__":
    DOCUMENT.write_text(SECTION.sub(shown_again, DOCUMENT.read_text()))
