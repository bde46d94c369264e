"""Variables by their names: what the debug information of a compiled program says of frames and of objects."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest
from support.tools import require_tool

from emulator.debuginfo.source import Variable
from emulator.debuginfo.variables import _frame_offset
from emulator.image.elf import read_elf
from emulator.image.image import Image

SOURCE = """
struct point { int x; struct { short low, high; } y[2]; };
struct point points[3];
int grid[2][3];
extern int __attribute__((noipa)) use(void *pointer);

static inline __attribute__((always_inline)) int inner(int seed)
{
  struct point mine = { .x = seed };

  return use(&mine);
}

int outer(void)
{
  char text[8] = "";

  return inner(3) + use(text) + use(points) + use(grid);
}

int __attribute__((noipa)) use(void *pointer) { __asm__ volatile ("" : : "r" (pointer) : "memory"); return 0; }
"""


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Image:
    return built("-g", tmp_path_factory)


@pytest.fixture(scope="module", params=["-g", "-gdwarf-2"])
def each_version(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Image:
    """Before DWARF 4 a member's place is an expression; where locals are is then not looked for."""
    return built(request.param, tmp_path_factory)


def built(debug: str, tmp_path_factory: pytest.TempPathFactory) -> Image:
    folder = tmp_path_factory.mktemp("variables")
    (folder / "points.c").write_text(SOURCE, encoding="utf-8")
    command = [require_tool("arm-none-eabi-gcc"), "-mcpu=cortex-m3", "-mthumb", debug, "-O2"]
    command += ["-nostdlib", "-Wl,-e,outer"]
    subprocess.run([*command, "points.c", "-o", "points.elf"], cwd=folder, check=True)
    return read_elf((folder / "points.elf").read_bytes(), Path("points.elf"), None)


def locals_at(image: Image, pc: int) -> dict[str, Variable]:
    found = (image.variable(pc, "", offset) for offset in range(-64, 0, 2))
    return {one[0].path: one[0] for one in found if one is not None and one[1].endswith("points.c")}


def calls(image: Image) -> list[int]:
    """Return addresses inside of the calls of outer()."""
    start = image.symbols.by_name["outer"]
    code = image.bytes_at(start.address, start.size) or b""
    branch = re.compile(rb".[\xf0-\xf7].[\xd0-\xff]", re.DOTALL)
    return [start.address + at for at in range(0, len(code) - 3, 2) if branch.match(code, at)]


def test_locals_are_found_with_their_parts_and_their_function(image: Image) -> None:
    first = calls(image)[0]
    found = locals_at(image, first)
    assert {"text", "text[2]", "mine.x", "mine.y[0].high", "mine.y[1].high"} <= set(found)
    assert (found["mine.x"].function, found["text"].function) == ("inner", "outer")
    assert found["mine.x"].is_active and found["text"].is_active
    assert found["mine.y[1].high"].offset == found["mine.x"].offset


def test_a_local_of_an_inlined_function_is_over_behind_it(image: Image) -> None:
    second = calls(image)[1]
    found = locals_at(image, second)
    assert not found["mine.x"].is_active and found["text"].is_active


def test_parts_of_objects_are_named(each_version: Image) -> None:
    pc = each_version.symbols.by_name["outer"].address

    def path(name: str, offset: int) -> str | None:
        found = each_version.variable(pc, name, offset)
        return None if found is None else found[0].path

    assert path("points", 0) == "points[0].x" and path("points", 12 + 10) == "points[1].y[1].high"
    assert path("grid", 4 * 5) == "grid[1][2]" and path("grid", 4) == "grid[0][1]"
    assert path("points", 36) is None and path("nobody", 0) is None


class Entry:
    """An entry of debug information with a location."""

    def __init__(self, *code: int) -> None:
        self.attributes = {"DW_AT_location": type("Attribute", (), {"value": list(code)})}


@pytest.mark.parametrize(
    ("code", "offset"),
    [
        ((0x91, 0x70), -16), ((0x91, 0x08), 8), ((0x91, 0xF0, 0x7E), -144), ((0x91, 0x80, 0x01), 128),
        ((0x91, 0x70, 0x06), None), ((0x91, 0x80), None), ((0x91,), None), ((0x03, 0, 0, 0, 0x20), None),
        ((0x91, 0x80, 0x80, 0x80, 0x80, 0x80, 0x00), None),
    ],
)  # fmt: skip
def test_the_offset_of_a_location_is_its_only_operand(code: tuple[int, ...], offset: int | None) -> None:
    assert _frame_offset(Entry(*code)) == offset
