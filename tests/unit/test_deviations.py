"""Each free choice is listed once, and each number that the code cites is in the list."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
NUMBER = re.compile(r"D-\d{3}")


def listed() -> list[str]:
    return re.findall(r"^\| (D-\d{3}) \|", (ROOT / "docs" / "deviations.md").read_text(), re.MULTILINE)


def test_every_number_is_listed_once_and_in_order() -> None:
    assert listed() == sorted(set(listed()))


def test_every_number_that_the_code_cites_is_listed() -> None:
    cited = set()
    for folder in ("emulator", "rtems_shim"):
        for path in (ROOT / folder).rglob("*"):
            if path.suffix in {".py", ".c", ".h", ".S"}:
                cited.update(NUMBER.findall(path.read_text()))
    assert cited - set(listed()) == set()
    assert len(cited) > 20


def test_documents_refer_to_documents_that_exist() -> None:
    for document in [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").glob("*.md")]:
        for target in re.findall(r"\]\(([^)#:]+)\)", document.read_text()):
            assert (document.parent / target).exists(), f"{document.name} refers to {target}"
