"""Programs print here what they printed on the real RTEMS 6.2, but for the differences that are known."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.rtems_witness import DOES_NOT_BUILD, FOLDER, ends_as, facts, known, names, real_facts
from support.tools import require_tool

from emulator.cli.main import main

INSTRUCTIONS = "300M"


def printed(name: str, directory: Path, capfdbinary: pytest.CaptureFixture[bytes]) -> tuple[str, str] | None:
    """Build and run the program; return what it prints and what is printed of its end, None where it does not build."""
    elf = directory / f"{name}.elf"
    if main(["cc", "-g", "-O2", f"programs/{name}.c", "-o", str(elf)]) != 0:
        return None
    capfdbinary.readouterr()
    main(["run", str(elf), "--mode", "kernel-opens", "--max-instructions", INSTRUCTIONS, "--report", "rtems"])
    out, end = capfdbinary.readouterr()
    return out.decode("latin-1"), end.decode("latin-1")


@pytest.mark.parametrize("name", names())
def test_a_program_says_what_rtems_said_but_for_the_known_differences(
    name: str, tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    require_tool("arm-none-eabi-gcc")
    monkeypatch.chdir(FOLDER)  # assert() tells the source's name as the compiler got it
    real, found, here = real_facts(name), printed(name, tmp_path, capfdbinary), {}
    if found is None:
        differing = {DOES_NOT_BUILD}
    else:
        here = facts(found[0])
        differing = {fact for fact, value in real.items() if here.get(fact) != value}
        assert ends_as(name, found[1]), found[1]
    expected = known().get(name, {})
    new = {fact: (real.get(fact), here.get(fact)) for fact in differing - set(expected)}
    assert not new, f"RTEMS's answer and the one here: {new}"
    assert not set(expected) - differing, "these are equal now: take them out of known_differences.tsv"


def test_each_known_difference_is_of_a_program_and_has_a_reason() -> None:
    for name, differences in known().items():
        assert name in names()
        assert all(differences.values()), name
