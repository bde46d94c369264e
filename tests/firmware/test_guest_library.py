"""What the guest side does for a program: each of guest/*.c prints the text beside it, on every processor and level."""

from __future__ import annotations

import re
from base64 import urlsafe_b64encode
from hashlib import sha256
from pathlib import Path

import pytest
from support.arm_gcc import CORE_FLAGS, MACHINES
from support.guest_side import guest_objects
from support.tools import require_tool

from emulator.cli.main import main
from rtems_shim.building.api_page import FUNCTION, found, public_names
from rtems_shim.building.toolchain import compile_program

PROGRAMS = Path(__file__).parent / "guest"
VARIANTS = (("m3", "-O0"), ("m4f", "-O2"), ("m7", "-O3"))


@pytest.fixture(scope="module", params=VARIANTS, ids="".join)
def variant(request: pytest.FixtureRequest) -> tuple[list[str], str, list[str]]:
    """The flags of the processor and level, its board, and the guest side's objects."""
    require_tool("arm-none-eabi-gcc")
    core, level = request.param
    flags = [*CORE_FLAGS[core], level]
    return flags, MACHINES[core], guest_objects(flags)


@pytest.mark.parametrize("name", sorted(path.stem for path in PROGRAMS.glob("*.c")))
def test_a_program_prints_what_it_prints_on_rtems(
    name: str, variant: tuple[list[str], str, list[str]], tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    flags, board, guest = variant
    elf, given = tmp_path / "program.elf", PROGRAMS / f"{name}.in"
    assert compile_program([*flags, "-Wall", str(PROGRAMS / f"{name}.c"), "-o", str(elf)], guest=guest) == 0
    capfd.readouterr()
    options = ["--input", str(given)] if given.exists() else []
    assert main(["run", str(elf), "--board", board, *options]) == 0
    shown = re.sub(r"(TEST TOOLS: |S:Compiler:|ReportHash:SHA256:).*", r"\1VARIES", capfd.readouterr().out)
    assert shown == (PROGRAMS / f"{name}.txt").read_text()


@pytest.mark.parametrize("variant", VARIANTS[:1], indirect=True, ids="".join)
def test_the_hash_that_ends_a_report_is_that_of_the_lines_before_it(
    variant: tuple[list[str], str, list[str]], tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    flags, board, guest = variant
    elf = tmp_path / "program.elf"
    assert compile_program([*flags, str(PROGRAMS / "framework.c"), "-o", str(elf)], guest=guest) == 0
    capfd.readouterr()
    assert main(["run", str(elf), "--board", board]) == 0
    hashed, _, rest = capfd.readouterr().out.partition("Y:ReportHash:SHA256:")
    digest = urlsafe_b64encode(sha256(hashed.encode()).digest()).decode()
    assert rest.splitlines()[0] == digest


@pytest.mark.parametrize("variant", VARIANTS[:1], indirect=True, ids="".join)
def test_every_function_that_the_page_of_the_api_calls_here_links(
    variant: tuple[list[str], str, list[str]], tmp_path: Path
) -> None:
    flags, _, guest = variant
    names = [name for part in public_names().values() for name in part if found().get(name) == FUNCTION]
    lines = [f"extern char {name}[]; " for name in names] + ["char *const all[] = {", *(f"{name}," for name in names)]
    source = tmp_path / "all.c"
    source.write_text("\n".join([*lines, "};"]))
    hello = str(PROGRAMS.parents[2] / "firmware" / "hello" / "main.c")
    link = ["-fno-builtin", "-w", "-Wl,--undefined=all", str(source), hello, "-o", str(tmp_path / "all.elf")]
    assert compile_program([*flags, *link], guest=guest) == 0
