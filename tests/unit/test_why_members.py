"""A store beside the array of a structure that it was meant for: which array, and which member it has hit.

Each program is compiled, at several levels: how an address is made of an array, a constant and an index is the
compiler's choice, and what is said must not depend on it. Where the same code is no mistake nothing is said.
"""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from support.tools import require_tool

import v7m

pytestmark = pytest.mark.usefixtures("why")
BEGIN = """
typedef unsigned char byte;
typedef unsigned int word;
#define APART __attribute__((noinline, noclone))
struct unit {
  char tag[4]; char name[8]; word *place; word bins[6]; byte grid[3][4]; word *next; word raw[2], good[2]; word *last;
};
struct unit units[3];
struct pair { word *places[2]; } pairs[3];
volatile word zero, text[8] = { 0x70707070, 0x70707070, 0x70707070, 0x70707070, 0x70707070 };
void main(void);
void *memcpy(void *to, const void *from, word count);
__attribute__((section(".vectors"), used)) void *const vectors[16] = { (void *) 0x20008000, (void *) main };
static APART void start(struct unit *unit)
{
  pairs[1].places[0] = unit->place = unit->next = unit->last = (word *) &zero;
}
"""
END = """
void main(void)
{
  start(&units[1]);
  start(&units[0]);
  spoil(&units[1 + zero], zero);
  zero = *pairs[1 + zero].places[0];
  units[zero].tag[0] = *units[1 + zero].place + *units[1 + zero].next + *units[1 + zero].last;
  for (;;) { }
}
"""
LEVELS = ("-O0", "-Og", "-O1", "-Os", "-O2")


def texts_of(path: Path, spoil: str, level: str) -> list[str]:
    (path / "program.c").write_text(BEGIN + spoil + END, encoding="utf-8")
    command = [require_tool("arm-none-eabi-gcc"), "-mcpu=cortex-m3", "-mthumb", "-g", level, "-nostdlib", "-w"]
    command += ["-ffreestanding", "-fno-builtin", "-Wl,--section-start=.vectors=0,-Ttext=0x100,-Tdata=0x20001000"]
    subprocess.run([*command, "-Wl,-e,main", "program.c", "-o", "program.elf", "-lc"], cwd=path, check=True)
    result = v7m.run(path / "program.elf", board="lm3s6965evb", why=True, max_instructions=100_000)
    assert result.fault is not None and result.why
    return [step.text for step in result.why]


SPOILT = {
    "an index": (
        "APART void set(struct unit *unit, word at, word value) { unit->bins[at] = value; }"
        "APART void spoil(struct unit *unit, word none) { set(unit, none - 1, 0x70707070); }",
        ("units[1].place", "4 bytes in front of units[1].bins: the index was -1"),
    ),
    "a loop": (
        "APART void set(char *to, word count) { while (count--) *to++ = 'p'; }"
        "APART void spoil(struct unit *unit, word none) { set(unit->name, none + 12); }",
        ("(units[1].place) is 3 bytes past the end of units[1].name",),
    ),
    "a function": (
        "APART void spoil(struct unit *unit, word none) { memcpy(unit->name, (void *) text, none + 12); }",
        ("(units[1].place) is right past the end of units[1].name, of 8 bytes, where spoil", "to store 12 bytes"),
    ),
    "a row": (
        "APART void set(struct unit *unit, word row, word column) { unit->grid[row][column] = 0x70; }"
        "APART void spoil(struct unit *unit, word none) { set(unit, none + 2, none + 7); }",
        ("(units[1].next) is 3 bytes past the end of units[1].grid[2]: the index was 7",),
    ),
}  # fmt: skip
MEANT = {
    "a member": "APART void spoil(struct unit *unit, word none) { unit->place = (word *) text[none]; }",
    "an element of an array of arrays": (
        "volatile word chosen = 1;"
        "APART void spoil(struct unit *unit, word none) { pairs[chosen].places[0] = (word *) 0x70707070; }"
    ),
    "an element": (
        "APART void set(word at) { units[at].place = (word *) 0x70707070; }"
        "APART void spoil(struct unit *unit, word none) { set(none + 1); }"
    ),
    "a structure": (
        "APART void set(byte *to, word count) { while (count--) *to++ = 0x70; }"
        "APART void spoil(struct unit *unit, word none) { set((byte *) unit, sizeof *unit); }"
    ),
    "a copy": (
        "struct unit other = { .tag = { 1 }, .place = (word *) 0x70707070 };"
        "APART void spoil(struct unit *unit, word none) { memcpy(unit, &other, sizeof *unit); }"
    ),
    "the array behind": (
        "APART void set(struct unit *unit, word at) { unit->good[at] = 0; units[at].last = (word *) 0x70707070; }"
        "APART void spoil(struct unit *unit, word none) { set(unit, none + 1); }"
    ),
}  # fmt: skip


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("kind", SPOILT)
def test_the_array_that_was_meant_is_told_and_the_member_that_was_hit(tmp_path: Path, kind: str, level: str) -> None:
    spoil, wanted = SPOILT[kind]
    text = "\n".join(texts_of(tmp_path, spoil, level))
    assert all(one in text for one in wanted), text


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("kind", MEANT)
def test_what_is_stored_where_it_belongs_is_beside_nothing(tmp_path: Path, kind: str, level: str) -> None:
    text = "\n".join(texts_of(tmp_path, MEANT[kind], level))
    assert "the end of" not in text and "in front of" not in text, text


@pytest.mark.parametrize("level", LEVELS)
def test_a_step_from_one_structure_to_another_is_no_way_out_of_its_first_member(level: str, tmp_path: Path) -> None:
    spoil = """static APART void spoil(struct unit *unit, word zero)
{
  word step = zero - sizeof *unit;
  *(volatile word *) ((byte *) unit + step) = 0x70000000;
  unit->raw[1] = **(word *volatile *) ((byte *) unit + step);
}
"""
    texts = texts_of(tmp_path, spoil, level)
    assert "came from units[0].tag" in texts[0] and not any("in front of" in text for text in texts)
