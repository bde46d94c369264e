"""Tarmac text: the grammar of its lines, and a replay of it that must have the registers of the register trace.

The grammar is that of Arm's Tarmac Trace Utilities, which no package registry has: typed again here, stricter.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from support.small_programs import CODE, exit_with, write_elf

from emulator.cli.main import main
from emulator.engine.register_trace import PC
from emulator.trace.register_reader import read_records

PREBUILT = Path(__file__).parents[2] / "firmware" / "prebuilt"
INSTRUCTION = re.compile(
    r"(\d+) clk ES \(([0-9a-f]{8}):([0-9a-f]{4}(?:[0-9a-f]{4})?)\) T (thread|handler): (CCFAIL )?\S.*"
)
EXCEPTION = re.compile(r"(\d+) clk ES EXC \[0x([0-9a-f]{2})\] (return from )?\w+")
REGISTER = re.compile(r" {20}R (R\d|R1[0-2]|SP|LR|xPSR) ([0-9a-f]{8})")
ACCESS = re.compile(r" {20}(LD|ST) ([0-9a-f]{7}0)((?: (?:[0-9a-f]{2}|\.\.){4}){4})")
IT = 0x0600_FC00
NAMES = [*(f"R{n}" for n in range(13)), "SP", "LR", "xPSR"]
PROGRAMS = ("bare_switch", "stack_isolation", "matrix_f_event", "unprivileged_isolation")


def tarmac(program: Path, folder: Path, *options: str, status: int | None = None) -> list[str]:
    """Return the lines of a run of ``program``, which must all fit the grammar."""
    path = folder / "t.tarmac"
    found = main(["run", str(program), "--tarmac", str(path), *options])
    assert status is None or found == status
    lines = path.read_text(encoding="ascii").splitlines()
    assert lines[0] == "Tarmac Text Rev 3t"
    for line in lines[1:]:
        assert any(kind.fullmatch(line) for kind in (INSTRUCTION, EXCEPTION, REGISTER, ACCESS)), line
    return lines[1:]


def access(line: str) -> tuple[str, dict[int, int]] | None:
    """Return (LD or ST, bytes by address) of a line that is an access."""
    found = ACCESS.fullmatch(line)
    if found is None:
        return None
    base, cells = int(found[2], 16), found[3].replace(" ", "")
    pairs = [cells[at : at + 2] for at in range(0, 32, 2)][::-1]
    return found[1], {base + n: int(pair, 16) for n, pair in enumerate(pairs) if pair != ".."}


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_replay_has_the_registers_of_the_register_trace(name: str, tmp_path: Path) -> None:
    lines = tarmac(PREBUILT / f"{name}.elf", tmp_path, "--max-instructions", "9000")
    main(["run", str(PREBUILT / f"{name}.elf"), "--trace-registers", str(tmp_path / "r"), "--max-instructions", "9000"])
    with (tmp_path / "r").open("rb") as file:
        records = [record for _, record in read_records(file)]
    replayed = dict(zip(NAMES, records[0], strict=False))
    number = 0
    for line in lines:
        if (found := INSTRUCTION.fullmatch(line)) is not None:
            assert (int(found[1]), int(found[2], 16)) == (number, records[number][PC])
            expected = dict(zip(NAMES, records[number], strict=False))
            for registers in (expected, replayed):
                registers["xPSR"] &= ~IT
            assert replayed == expected, (number, line)
            assert (found[4] == "handler") == bool(expected["xPSR"] & 0x1FF)
            number += 1
        elif (found := REGISTER.fullmatch(line)) is not None:
            assert replayed[found[1]] != int(found[2], 16)
            replayed[found[1]] = int(found[2], 16)
    assert number == len(records)


def test_what_is_loaded_is_what_was_stored(tmp_path: Path) -> None:
    """Of a program that nobody stores for, not a device nor a kernel; frames of exceptions are not in it."""
    lines = tarmac(PREBUILT / "bare_switch.elf", tmp_path)
    memory: dict[int, int] = {}
    checked = 0
    for line in lines:
        found = access(line)
        if found is None:
            continue
        kind, data = found
        for address, value in data.items():
            if kind == "LD" and address < 0xE000_0000 and address in memory:
                assert memory[address] == value, line
                checked += 1
            memory[address] = value
    assert checked > 1000


SOURCE = """
    movs r0, #5
    cmp r0, #6
    it eq
    moveq r1, #7
    beq skip
    movw r2, #0xe
    movt r2, #0x2000
    str r0, [r2]
    ldrb r3, [r2, #1]
    skip:
    push {r0, r3}
    ldrh r4, [sp, #2]
"""
EXPECTED = """\
0 clk ES (00000100:2005) T thread: movs r0, #5
                    R R0 00000005
1 clk ES (00000102:2806) T thread: cmp r0, #6
                    R xPSR 81000000
2 clk ES (00000104:bf08) T thread: it eq
3 clk ES (00000106:2107) T thread: CCFAIL moveq r1, #7
4 clk ES (00000108:d006) T thread: CCFAIL beq #0x118
5 clk ES (0000010a:f240020e) T thread: movw r2, #0xe
                    R R2 0000000e
6 clk ES (0000010e:f2c20200) T thread: movt r2, #0x2000
                    R R2 2000000e
7 clk ES (00000112:6010) T thread: str r0, [r2]
                    ST 20000000 0005.... ........ ........ ........
                    ST 20000010 ........ ........ ........ ....0000
8 clk ES (00000114:7853) T thread: ldrb r3, [r2, #1]
                    LD 20000000 00...... ........ ........ ........
9 clk ES (00000116:bf00) T thread: nop
10 clk ES (00000118:b409) T thread: push {r0, r3}
                    ST 20007ff0 ........ 00000005 ........ ........
                    ST 20007ff0 00000000 ........ ........ ........
                    R SP 20007ff8
11 clk ES (0000011a:f8bd4002) T thread: ldrh.w r4, [sp, #2]
                    LD 20007ff0 ........ 0000.... ........ ........
"""


def test_each_line_is_as_the_architecture_has_it(tmp_path: Path) -> None:
    source = SOURCE.replace("skip:", "nop").replace("beq skip", f"beq #{CODE + 0x18}")
    lines = tarmac(write_elf(tmp_path / "a.elf", source + exit_with(0)), tmp_path, status=0)
    assert "\n".join(lines).startswith(EXPECTED), "\n".join(lines[:40])


def test_an_exception_stands_between_what_the_two_change(tmp_path: Path) -> None:
    program = write_elf(tmp_path / "a.elf", "movs r1, #1; svc #0; movs r2, #2;" + exit_with(0), handlers={11: "bx lr"})
    lines = tarmac(program, tmp_path, status=0)
    svc = next(n for n, line in enumerate(lines) if "svc" in line)
    assert lines[svc : svc + 10] == [
        "1 clk ES (00000102:df00) T thread: svc #0",
        "2 clk ES EXC [0x0b] SVCall",
        "                    R SP 20007fe0",
        "                    R LR fffffff9",
        "                    R xPSR 0100000b",
        "2 clk ES (00000240:4770) T handler: bx lr",
        "3 clk ES EXC [0x0b] return from SVCall",
        "                    R SP 20008000",
        "                    R LR ffffffff",
        "                    R xPSR 01000000",
    ]


def test_a_store_that_is_refused_and_a_wide_branch_that_is_not_taken(tmp_path: Path) -> None:
    source = "movs r1, #0; bne.w #0x10c; movw r5, #0; movt r5, #0xa000; str r1, [r5]; nop;" + exit_with(0)
    skips = "ldr r0, [sp, #24]; adds r0, #2; str r0, [sp, #24]; bx lr"
    lines = tarmac(write_elf(tmp_path / "a.elf", source, handlers={3: skips}), tmp_path, status=0)
    assert not any(line.strip().startswith("ST a0000000") for line in lines)
    (branch,) = [line.split("T thread: ")[1] for line in lines if "ES (00000102:" in line]
    assert branch.startswith("CCFAIL bne.w ")


def test_code_that_was_overwritten_is_shown_as_it_was(tmp_path: Path) -> None:
    source = """
    movw r0, #0x1000; movt r0, #0x2000
    movw r1, #0x2201; movt r1, #0x4770
    movs r4, #2
    str r1, [r0]
    dsb; isb
    orr r3, r0, #1
    blx r3
    add r1, r1, #1
    subs r4, #1
    bne #0x112
    """
    lines = tarmac(write_elf(tmp_path / "a.elf", source + exit_with(0)), tmp_path, status=0)
    assert [line.split("T thread: ")[1] for line in lines if "ES (20001000:" in line] == ["movs r2, #1", "movs r2, #2"]


def test_a_store_in_an_it_block_does_not_change_what_comes_after(tmp_path: Path) -> None:
    """A hook on memory leaves the engine's ITSTATE behind, which would make the next instructions conditional."""
    source = """
    movw r0, #0x100; movt r0, #0x2000
    movs r1, #1
    cmp r1, #1
    ittt eq
    streq r1, [r0]
    ldreq r2, [r0]
    moveq r3, #3
    cmp r1, #2
    rsb r4, r1, #0
    adds r5, r1, #4
    """
    lines = tarmac(write_elf(tmp_path / "a.elf", source + exit_with(0)), tmp_path, status=0)
    changed = [line.split("R ")[1] for line in lines if REGISTER.fullmatch(line) and "xPSR" not in line]
    assert changed[:7] == [
        "R0 00000100", "R0 20000100", "R1 00000001", "R2 00000001", "R3 00000003", "R4 ffffffff", "R5 00000005",
    ]  # fmt: skip


@pytest.mark.parametrize("name", ["stack_isolation", "matrix_g_timer_interrupt"])
def test_both_halves_write_the_same(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told = []
    for pure in ("", "1"):
        monkeypatch.setenv("V7M_PURE_PYTHON", pure)
        told.append(tarmac(PREBUILT / f"{name}.elf", tmp_path, "--max-instructions", "20000"))
    assert told[0] == told[1]
    numbers = [int(found[1]) for line in told[0] if (found := INSTRUCTION.fullmatch(line))]
    assert numbers == list(range(len(numbers))) and len(numbers) > 16_000


def test_it_and_the_register_trace_are_one_or_the_other(tmp_path: Path, capfd: Any) -> None:
    program = str(PREBUILT / "bare_mpu.elf")
    both = ["--tarmac", str(tmp_path / "a"), "--trace-registers", str(tmp_path / "b")]
    assert main(["run", program, *both]) == 2
    assert main(["run", program, "--tarmac", str(tmp_path)]) == 2
    assert capfd.readouterr().err.count("\n") == 2
