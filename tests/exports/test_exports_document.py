"""docs/exports.md: its commands run as they are written, in its order, in a copy of what they need."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from support.tools import require_tool

ROOT = Path(__file__).parents[2]
DOCUMENT = (ROOT / "docs" / "exports.md").read_text(encoding="utf-8")
NOT_RUN = ("chromium ", "tarmac-calltree ")
"""A window, and a tool that no package registry has."""
MAIN = """
#include <rtems.h>
#include <stdio.h>
#include <stdlib.h>
void *POSIX_Init(void *argument)
{
  (void) argument;
  if (getchar() == 'a')
    puts("an a");
  exit(0);
}
#define CONFIGURE_APPLICATION_NEEDS_CLOCK_DRIVER
#define CONFIGURE_APPLICATION_NEEDS_CONSOLE_DRIVER
#define CONFIGURE_MAXIMUM_POSIX_THREADS 1
#define CONFIGURE_POSIX_INIT_THREAD_TABLE
#define CONFIGURE_INIT
#include <rtems/confdefs.h>
"""


def commands() -> list[str]:
    return re.findall(r"^    \$ (.*)$", DOCUMENT, re.MULTILINE)


@pytest.fixture
def place(tmp_path: Path) -> Path:
    for tool in ("arm-none-eabi-gcc", "genhtml", "babeltrace2"):
        require_tool(tool)
    prebuilt = tmp_path / "firmware" / "prebuilt"
    prebuilt.mkdir(parents=True)
    for name in ("share_revoked", "bare_switch", "hello"):
        shutil.copy(ROOT / "firmware" / "prebuilt" / f"{name}.elf", prebuilt)
    (tmp_path / "main.c").write_text(MAIN)
    (tmp_path / "one.txt").write_text("a\n")
    (tmp_path / "two.txt").write_text("b\n")
    (tmp_path / "test_a.toml").write_text('program = "firmware/prebuilt/share_revoked.elf"\n')
    command = [sys.executable, "-m", "v7m", "run", "firmware/prebuilt/hello.elf", "--trace"]
    for name in ("before", "now"):
        subprocess.run([*command, str(tmp_path / f"{name}.jsonl")], cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    return tmp_path


def test_every_command_does_what_it_is_there_for(place: Path) -> None:
    environment = {**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    found = [command for command in commands() if not command.startswith(NOT_RUN)]
    assert len(found) >= 14
    for command in found:
        done = subprocess.run(
            command, shell=True, cwd=place, env=environment, capture_output=True, text=True, check=False,
            stdin=subprocess.DEVNULL,
        )  # fmt: skip
        fails = {"v7m test": 1, "v7m run firmware/prebuilt/share_revoked.elf": 3}
        expected = next((status for start, status in fails.items() if command.startswith(start)), 0)
        assert done.returncode == expected, f"{command}\n{done.stdout}{done.stderr}"
    for name in (
        "results.sarif",
        "comment.md",
        "main.info",
        "html/index.html",
        "trace.html",
        "trace.json",
        "trace.tarmac",
    ):
        assert (place / name).stat().st_size > 0, name
    assert re.search(r"^DA:\d+,2$", (place / "main.info").read_text(), re.MULTILINE)


def test_the_table_leads_to_its_sections() -> None:
    headings = {heading.lower().replace(" ", "-") for heading in re.findall(r"^## (.*)$", DOCUMENT, re.MULTILINE)}
    assert set(re.findall(r"\]\(#([^)]*)\)", DOCUMENT)) == headings
