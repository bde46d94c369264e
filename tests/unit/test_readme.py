"""The README shows what the commands really print: each transcript is compared with a run."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

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


@pytest.mark.parametrize(
    ("command", "shown"),
    [(match["command"], match["text"]) for match in TRANSCRIPT.finditer((ROOT / "README.md").read_text())],
)
def test_a_transcript_in_the_readme_is_what_the_command_prints(command: str, shown: str) -> None:
    assert shown.strip("\n") == indented(printed(command)).strip("\n")


def rewrite() -> None:
    """Bring the transcripts up to date: ``python tests/unit/test_readme.py``."""
    readme = ROOT / "README.md"
    readme.write_text(
        TRANSCRIPT.sub(
            lambda match: f"<!-- transcript: v7m {match['command']} -->\n\n{indented(printed(match['command']))}\n",
            readme.read_text(),
        )
    )


if __name__ == "__main__":
    rewrite()
