"""A register that is polled for long costs what RAM does, and answers what the device would, to the instruction."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.accelerator import require_accelerator
from support.small_programs import build_elf, exit_with

import v7m

BOARD = """extends = "generic"
[[device]]
type = "registers"
name = "DEV"
address = 0x4001_0000
size = 0x400
interrupt = "LATE.1 & IER.0"
irqs = { interrupt = 3 }
[device.registers]
LATE = { offset = 0x00, rules = ".1 = .0 after 3000 instructions; .17 = .1 after 700 instructions" }
READS = { offset = 0x04, rules = ".1 = .0 after 400 reads" }
IER = { offset = 0x08, rules = ".1 = .0" }
BYTE = { offset = 0x0d, size = 1, reset = 0x5a }
HALF = { offset = 0x0e, size = 2, reset = 0x1234 }
[[device]]
like = "DEV"
name = "OTHER"
address = 0x4001_0400
[device.registers]
ONCE = { offset = 0x3fc, reset = 1, read_clears = 1 }
[[device]]
type = "registers"
name = "WIDE"
address = 0x4002_0000
size = 0x800
[device.registers]
A = { offset = 0x000, rules = ".1 = B.0" }
B = { offset = 0x400 }
"""
SET_UP = "movw r1, #0\n movt r1, #0x4001\n mov r0, #0x20000000\n movs r3, #0\n movs r2, #1\n str r2, [r1]\n"
HANDLER = "movw r1, #0\n movt r1, #0x4001\n movs r2, #0\n str r2, [r1, #8]\n str r2, [r1]\n add r9, #1\n bx lr"
ENABLE = "movw r4, #0xE100\n movt r4, #0xE000\n movs r5, #8\n str r5, [r4]\n"
TICKS = "movw r4, #0xE010\n movt r4, #0xE000\n mov r5, #999\n str r5, [r4, #4]\n movs r5, #7\n str r5, [r4]\n"
UNPRIVILEGED = "movs r5, #1\n msr control, r5\n isb\n"
POLL = "loop: ldr r2, [r1]\n adds r3, #1\n tst r2, #{bit}\n beq loop\n"
BODIES = {
    "a time": SET_UP + POLL.format(bit=2),
    "two times": SET_UP + POLL.format(bit=2) + "again: ldr r2, [r1]\n adds r3, #1\n tst r2, #0x20000\n beq again\n",
    "reads": SET_UP + "str r2, [r1, #4]\nadds r1, #4\n" + POLL.format(bit=2),
    "an interrupt": SET_UP + ENABLE + "str r2, [r1, #8]\nloop: ldr r2, [r1]\n adds r3, #1\n cmp r9, #0\n beq loop\n",
    "SysTick meanwhile": TICKS + SET_UP + POLL.format(bit=2),
    "without privilege": SET_UP + UNPRIVILEGED + POLL.format(bit=2),
    "bytes, halfwords and words": SET_UP + "loop: ldrb r2, [r1, #13]\n ldrh r5, [r1, #14]\n ldr r6, [r1, #12]\n"
    " add r3, r3, r3, lsl #3\n add r3, r2\n add r3, r5\n eor r3, r6\n ldrsb r5, [r1, #13]\n add r3, r5\n"
    " ldr r2, [r1]\n tst r2, #2\n beq loop\n",
    "a store to it now and then": SET_UP + "loop: ldr r2, [r1]\n adds r3, #1\n ubfx r5, r3, #0, #9\n cbnz r5, next\n"
    " ldr r6, [r1, #8]\n eor r6, #1\n str r6, [r1, #8]\nnext: tst r2, #2\n beq loop\n",
    "a store to another page": SET_UP + "movt r1, #0x4002\n movw r7, #1500\nloop: ldr r2, [r1]\n adds r3, #1\n"
    " cmp r3, r7\n bne next\n movs r5, #1\n str r5, [r1, #0x400]\nnext: tst r2, #2\n beq loop\n",
    "an IT block": SET_UP + "loop: adds r3, #1\n lsls r5, r3, #31\n ite mi\n ldrmi r2, [r1]\n ldrpl r2, [r1, #12]\n"
    " and r5, r2, #2\n and r6, r3, #1\n ands r5, r6, r5, lsr #1\n beq loop\n",
    "two pages": SET_UP + "str r2, [r1, #0x400]\nloop: ldr r2, [r1]\n ldr r5, [r1, #0x400]\n"
    " add r3, r3, r5\n adds r3, #1\n ands r2, r5\n tst r2, #2\n beq loop\n",
    "a page with a read that clears": SET_UP + "movw r6, #0x400\n add r1, r6\n str r2, [r1]\n" + POLL.format(bit=2)
    + "ldr r5, [r1, #0x3fc]\n ldr r6, [r1, #0x3fc]\n add r3, r3, r5, lsl #20\n add r3, r3, r6, lsl #24\n",
    "an exclusive access": SET_UP + "loop: ldrex r2, [r1]\n adds r3, #1\n tst r2, #2\n beq loop\n strex r5, r2, [r1]\n"
    " add r3, r3, r5, lsl #20\n",
}  # fmt: skip


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
def test_both_halves_and_the_audit_see_the_same(body: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    require_accelerator()
    elf, board = tmp_path / "a.elf", tmp_path / "own.toml"
    board.write_text(BOARD)
    elf.write_bytes(build_elf(body + "end: b end", handlers={15: "add r10, #1\n bx lr", 16 + 3: HANDLER}))
    seen = []
    for pure, backend in (("", "fast"), ("1", "fast"), ("", "audit")):
        monkeypatch.setenv("V7M_PURE_PYTHON", pure)
        with v7m.Machine(elf, board=board, mpu_backend=backend) as machine:
            machine.go_on(40_000)
            regs = machine.registers
            assert regs.r[3] > 100 and regs.pc < 0x200
            seen.append((tuple(regs.r), regs.pc, regs.xpsr & 0xF000_0000, machine.instructions))
    assert seen[0][0] == seen[1][0] == seen[2][0]
    assert seen[0] == seen[1]


def test_a_change_from_outside_and_going_back_are_seen(tmp_path: Path) -> None:
    elf, board = tmp_path / "a.elf", tmp_path / "own.toml"
    board.write_text(BOARD)
    elf.write_bytes(build_elf(SET_UP + POLL.format(bit=2) + exit_with(0)))
    with v7m.Machine(elf, board=board, history=16 << 20) as machine:
        machine.go_on(2900)
        before = tuple(machine.registers.r)
        assert machine.go_on(1000).code == 0
        machine.reverse_to(2900)
        assert tuple(machine.registers.r)[3] in (before[3], before[3] + 1)
        assert machine.go_on(1000).code == 0
    script = tmp_path / "s.toml"
    script.write_text('[[stimulus]]\nat = 1500\nregister = "DEV_LATE"\nvalue = 2\nmask = 2\n')
    result = v7m.run(elf, board=board, stimulus=script, max_instructions=5000)
    assert result.exit_status == 0 and 1500 < result.instructions < 1600
