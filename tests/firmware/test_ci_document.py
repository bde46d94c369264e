"""docs/ci.md gone through as it is written: the example project, every command, and what it prints."""

from __future__ import annotations

import fnmatch
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from support.tools import require_tool

ROOT = Path(__file__).parents[2]
DOCUMENT = (ROOT / "docs" / "ci.md").read_text(encoding="utf-8")
EXAMPLE = ROOT / "docs" / "examples" / "answer"
BLOCK = re.compile(r"(?:<!-- file: (\S+) -->\n\n)?((?:^(?:    .*)?\n)*^    .*\n)", re.MULTILINE)


def blocks() -> list[tuple[str | None, str]]:
    """Return the indented blocks as (file that it is, text)."""
    return [
        (name, re.sub("^    ", "", text, flags=re.MULTILINE).strip("\n") + "\n")
        for name, text in BLOCK.findall(DOCUMENT)
    ]


def commands() -> list[tuple[str, str]]:
    """Return the commands of the document with what they are said to print."""
    texts = [text for name, text in blocks() if not name and text.startswith("$ ")]
    return [tuple(part.split("\n", 1)) for text in texts for part in re.split(r"^\$ ", text, flags=re.MULTILINE)[1:]]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    require_tool("arm-none-eabi-gcc")
    shutil.copytree(EXAMPLE, tmp_path, dirs_exist_ok=True)
    for command in (["init", "-q"], ["add", "."], ["-c", "user.name=x", "-c", "user.email=x@x", "commit", "-qm", "x"]):
        subprocess.run(["git", *command], cwd=tmp_path, check=True)
    return tmp_path


def is_as_said(told: str, said: str) -> bool:
    """Whether lines are those of the document, where ``...`` stands for anything, in a line and for lines."""
    pattern = "".join(
        ".*" if line.strip() == "..." else _any_number(re.escape(line).replace(re.escape("..."), ".*")) + "\n"
        for line in said.splitlines()
    )
    return re.fullmatch(pattern, told, re.DOTALL) is not None


def _any_number(pattern: str) -> str:
    """Return the pattern with any numbers of events: they are the start-up code's business, too."""
    return re.sub(r"event\\ \d+\\ of\\ \d+", r"event\\ \\d+\\ of\\ \\d+", pattern)


def test_the_files_of_the_example_are_those_of_the_document() -> None:
    files = {name: text for name, text in blocks() if name}
    assert set(files) == {"test_answer.toml", "test_answer.py"}
    for name, text in files.items():
        assert (EXAMPLE / name).read_text() == text


def test_the_flow_is_as_it_is_written(project: Path) -> None:
    environment = {**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    found = commands()
    assert len(found) == 8
    for command, said in found:
        done = subprocess.run(
            command, shell=True, cwd=project, env=environment, capture_output=True, text=True, check=False
        )
        assert is_as_said(done.stdout, said), f"{command}\n{done.stdout}{done.stderr}"
        assert done.returncode == ("failed" in said), command


def test_the_workflows_say_the_same_commands() -> None:
    for name in (".github/workflows/test.yml", ".gitlab-ci.yml"):
        text = (EXAMPLE / name).read_text()
        for command in ("pip install v7m pytest", "v7m test --junit report.xml", "pytest"):
            assert fnmatch.fnmatch(text, f"*- *{command}\n*")
