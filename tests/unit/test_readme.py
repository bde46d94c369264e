"""The README shows what the commands really print: each transcript is compared with a run."""

from __future__ import annotations

import re
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
from support.firmware import expectations
from support.tools import require_tool

from emulator.cli.main import main

ROOT = Path(__file__).parents[2]
TRANSCRIPT = re.compile(r"<!-- transcript: v7m (?P<command>.*?) -->\n\n(?P<text>(?:    .*\n|\n)*)")


def printed(command: str) -> str:
    """Run the command as a reader would, without a terminal, and return stdout and stderr as they come."""
    done = subprocess.run(
        [sys.executable, "-m", "emulator.cli.main", *command.split()],
        cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False,
    )  # fmt: skip
    return f"$ v7m {command}\n{done.stdout}"


def indented(text: str) -> str:
    return "".join(f"    {line}".rstrip() + "\n" for line in text.rstrip().splitlines())


pytestmark = pytest.mark.usefixtures("why")


@pytest.mark.parametrize(
    ("command", "shown"),
    [(match["command"], match["text"]) for match in TRANSCRIPT.finditer((ROOT / "README.md").read_text())],
)
def test_a_transcript_in_the_readme_is_what_the_command_prints(command: str, shown: str) -> None:
    assert shown.strip("\n") == indented(printed(command)).strip("\n")


PROGRAM = re.search(r"<!-- program: main.c -->\n\n(?P<text>(?:    .*\n|\n)*)", (ROOT / "README.md").read_text())
SHARE = re.compile(r"^    (rtems_share_stack\(.*\);)$", re.MULTILINE)


def commands_of_the_readme() -> list[list[str]]:
    """Return the words behind .venv/bin/v7m in each of its commands."""
    lines = re.findall(r"^    \$ \.venv/bin/v7m (.*)$", (ROOT / "README.md").read_text(), re.MULTILINE)
    return [line.split() for line in lines]


def test_the_program_in_the_readme_does_what_the_readme_says(tmp_path, capfd, monkeypatch) -> None:
    require_tool("arm-none-eabi-gcc")
    assert PROGRAM is not None
    monkeypatch.chdir(tmp_path)
    text = textwrap.dedent(PROGRAM["text"])
    compile_it, run_it = commands_of_the_readme()
    Path("main.c").write_text(text)
    assert main(compile_it) == 0 and capfd.readouterr().err == ""
    assert main(run_it) == 3 and "MemManage: " in capfd.readouterr().err
    shares = SHARE.findall((ROOT / "README.md").read_text())
    assert len(shares) == 1
    Path("main.c").write_text(text.replace("  pthread_join", f"  {shares[0]}\n  pthread_join"))
    assert main([*compile_it, "-Wall", "-Wextra", "-Werror"]) == main(run_it) == 0
    assert capfd.readouterr() == ("the answer is 42\n", "")


def test_the_readme_of_the_applications_lists_each_with_what_it_shows() -> None:
    text, _, _ = (ROOT / "firmware" / "README.md").read_text().partition("## expect.toml")
    listed = re.findall(r"^\| (\w+) \| (.+) \|$", text, re.MULTILINE)
    shown = {name: expectation["description"] for name, expectation in expectations().items()}
    assert dict(listed[1:]) == shown and len(listed) == len(shown) + 1
    assert listed[0] == ("application", "what it shows")


def rewrite() -> None:
    """Bring the transcripts up to date: ``PYTHONPATH=tests python tests/unit/test_readme.py``."""
    readme = ROOT / "README.md"
    readme.write_text(
        TRANSCRIPT.sub(
            lambda match: f"<!-- transcript: v7m {match['command']} -->\n\n{indented(printed(match['command']))}\n",
            readme.read_text(),
        )
    )


if __name__ == "__main__":
    rewrite()
