"""Memory that ends within a page: what is behind its end is nothing, to the byte, for data, code and frames."""

from __future__ import annotations

import pytest
from support.machines import CORES, Bench

from emulator.armv7m.faults import Access
from emulator.asm import assemble
from emulator.devices.bus import MemoryBlock
from emulator.machine.machine import Machine
from emulator.machine.parts import Options
from emulator.machine.stop import BudgetSpent, Faulted

CODE, END, RAM, RAM_END = 0x100, 0x1620, 0x2000_0000, 0x2000_0A60


def small(monkeypatch: pytest.MonkeyPatch, how: str) -> Bench:
    monkeypatch.setenv("V7M_PURE_PYTHON", "1" if how == "pure" else "")
    code, ram = MemoryBlock("code", 0, END, False), MemoryBlock("ram", RAM, RAM_END - RAM, True)
    machine = Machine(CORES["cortex-m4"], [(code, (0x0800_0000,)), (ram, ())], Options(audit=how == "audit"))
    machine.poke(0, RAM_END.to_bytes(4, "little") + (CODE | 1).to_bytes(4, "little") + b"\x01\x0f\x00\x00" * 14)
    machine.poke(0xF00, assemble("b .", 0xF00))
    machine.reset()
    return Bench(machine)


@pytest.mark.parametrize("how", ["native", "pure", "audit"])
class TestSmallMemory:
    def test_the_last_word_is_there_and_the_next_is_not(self, monkeypatch: pytest.MonkeyPatch, how: str) -> None:
        made = small(monkeypatch, how)
        code = "str r1, [r0]\n ldr r2, [r0]\n strb r1, [r0, #3]\n ldr r3, [r0, #4]\n b ."
        made.run(code, r0=RAM_END - 4, r1=0x55, msp=RAM + 0x400)
        (record,) = made.machine.faults_handled
        assert made.machine.registers.r[2] == 0x55
        assert (record.fault.address, record.fault.cause.name) == (RAM_END, "PRECISERR")
        assert made.word(RAM_END - 4) == 0x5500_0055

    def test_an_access_across_the_end_is_refused(self, monkeypatch: pytest.MonkeyPatch, how: str) -> None:
        made = small(monkeypatch, how)
        made.run("str r1, [r0]\n b .", r0=RAM_END - 2, r1=0x1234_5678, msp=RAM + 0x400)
        (record,) = made.machine.faults_handled
        assert record.fault.access is Access.WRITE
        assert made.machine.peek(RAM_END - 4, 4) in (bytes(4), b"\0\0\x78\x56")

    def test_code_runs_up_to_the_end_and_no_further(self, monkeypatch: pytest.MonkeyPatch, how: str) -> None:
        made = small(monkeypatch, how)
        start = END - 32
        made.machine.poke(start, assemble("\n".join(["adds r4, #1"] * 16), start))
        made.run(f"movw r0, #{start | 1}\n bx r0", r4=0)
        (record,) = made.machine.faults_handled
        assert (made.machine.registers.r[4], record.fault.cause.name, record.registers.pc) == (16, "IBUSERR", END)

    def test_an_alias_ends_where_the_memory_does(self, monkeypatch: pytest.MonkeyPatch, how: str) -> None:
        made = small(monkeypatch, how)
        made.machine.poke(END - 4, b"last")
        made.run("ldr r1, [r0]\n ldrb r2, [r0, #4]\n b .", r0=0x0800_0000 + END - 4)
        (record,) = made.machine.faults_handled
        assert made.machine.registers.r[1] == int.from_bytes(b"last", "little")
        assert record.fault.address == 0x0800_0000 + END

    def test_a_frame_at_the_top_of_such_memory(self, monkeypatch: pytest.MonkeyPatch, how: str) -> None:
        made = small(monkeypatch, how)
        made.machine.poke(0x2C, (0x201).to_bytes(4, "little"))
        made.machine.poke(0x200, assemble("adds r5, #1\n bx lr", 0x200))
        reason = made.run("svc #0\n svc #0\n b .", r5=0)
        assert isinstance(reason, BudgetSpent)
        assert made.machine.registers.r[5] == 2
        assert made.machine.registers.msp == RAM_END

    def test_a_frame_that_does_not_fit_faults(self, monkeypatch: pytest.MonkeyPatch, how: str) -> None:
        made = small(monkeypatch, how)
        reason = made.run("svc #0\n b .", msp=RAM_END + 16)
        assert isinstance(reason, Faulted | BudgetSpent)
        assert "STKERR" in [record.fault.cause.name for record in made.machine.faults_handled]
