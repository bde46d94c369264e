"""A restored machine repeats its run exactly."""

from __future__ import annotations

import struct

from support.machines import CODE, RAM, Bench, bench

from emulator.asm import assemble
from emulator.machine.snapshot import Snapshot
from emulator.semihosting.semihosting import Semihosting, SemihostingSetup

PROGRAM = """
    movw r1, #0x40; movt r1, #0x2000; add r2, r1, #4; add r3, r1, #64
    ldr r4, [r1]; adds r4, #1; str r4, [r1]
    ldr r5, [r2]; str r5, [r3]; dsb; isb; orr r6, r3, #1; blx r6
    svc #1; b .
""".strip().replace("\n", ";")


def prepared() -> Bench:
    made = bench(handlers={11: 0x800})
    made.machine.poke(0x800, assemble("ldr r0, [r1]; bx lr", 0x800))
    made.machine.poke(CODE, assemble(PROGRAM, CODE))
    made.machine.poke(RAM + 0x44, assemble("bx lr; nop", 0))
    return made


def outcome(made: Bench) -> tuple[object, ...]:
    made.events.clear()
    reason = made.machine.run(60)
    regs = made.machine.registers
    return reason, list(regs.r), regs.pc, tuple(made.events), made.machine.peek(RAM, 0x200)


def test_a_restored_machine_repeats_its_run_to_the_byte() -> None:
    made = prepared()
    snapshot = Snapshot(made.machine)
    first = outcome(made)
    assert made.word(RAM + 0x40) == 1
    for _ in range(3):
        snapshot.restore()
        assert made.word(RAM + 0x40) == 0 and made.machine.clock.now == 0
        assert outcome(made) == first


def test_what_the_host_changed_after_the_snapshot_is_undone() -> None:
    made = prepared()
    snapshot = Snapshot(made.machine)
    made.machine.poke(RAM + 0x1000, b"changed")
    made.machine.faults.DFSR = 2
    made.machine.exceptions.pend(14)
    snapshot.restore()
    assert made.machine.peek(RAM + 0x1000, 7) == bytes(7)
    assert made.machine.faults.DFSR == 0 and made.machine.exceptions.pending == 0


def test_code_that_a_run_replaced_is_the_old_code_again() -> None:
    made = prepared()
    snapshot = Snapshot(made.machine)
    first = outcome(made)
    made.machine.poke(CODE, assemble("b .", CODE))
    snapshot.restore()
    assert outcome(made) == first


def test_semihosting_knows_nothing_of_the_last_case() -> None:
    made = prepared()
    exits: list[int] = []
    machine = made.machine
    machine.semihost = host = Semihosting(
        SemihostingSetup(machine, machine.clock, 1, lambda channel, data: None, lambda channel: None, exits.append)
    )
    snapshot = Snapshot(machine)
    machine.poke(RAM + 0x100, b":tt\0" + struct.pack("<III", RAM + 0x100, 0, 3))
    first = host.handle(0x01, RAM + 0x104)
    host.handle(0x02, RAM)  # SYS_CLOSE of a handle that is none
    assert host.errno
    snapshot.restore()
    machine.poke(RAM + 0x100, b":tt\0" + struct.pack("<III", RAM + 0x100, 0, 3))
    assert not host.errno and host.handle(0x01, RAM + 0x104) == first


def test_no_fault_handler_is_active_after_a_restore() -> None:
    made = prepared()
    snapshot = Snapshot(made.machine)
    made.run("udf #0", steps=8)
    assert made.machine.first_fault is not None and made.machine.last_fault is not None
    snapshot.restore()
    assert made.machine.first_fault is None and made.machine.last_fault is None


def test_a_restore_copies_what_was_stored_since_the_last_one() -> None:
    made = prepared()
    snapshot = Snapshot(made.machine)
    outcome(made)
    pages = made.machine.engine.pages
    assert RAM >> 10 in pages.stored_pages
    snapshot.restore()
    assert not pages.stored_pages
    outcome(made)
    assert RAM >> 10 in pages.stored_pages
