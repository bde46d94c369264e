"""What the C half does itself, checked by what the manual says and not by comparison: each case in C and in Python."""

from __future__ import annotations

import pytest
from support.accelerator import use_half
from support.machines import Bench, bench

from emulator.asm import assemble
from emulator.engine.shared_core import SharedRegisters
from emulator.machine.stop import Asleep, StopReason

SVC_HANDLER = 0x800
ICSR, PENDSVSET = 0xE000_ED04, 1 << 28
SLEEPONEXIT, SEVONPEND = 1 << 1, 1 << 4
FPCCR, MONRDY, MON_EN = 0xE000_EF34, 1 << 8, 1 << 16


@pytest.fixture(params=["c", "pure"])
def made(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Bench:
    use_half(request.param, monkeypatch)
    return bench(handlers={11: SVC_HANDLER})


def handler(made: Bench, code: str) -> None:
    made.machine.poke(SVC_HANDLER, assemble(code, SVC_HANDLER))


def run(made: Bench, code: str, **registers: int) -> StopReason:
    """Run ``code``, whose exceptions the C half takes where there is one: it has met the stack's page before them."""
    reason = made.run(f"push {{r0}}; pop {{r0}}; {code}", **registers)
    shared = made.machine._shared
    assert bool(shared.native_entries) == isinstance(made.machine.registers, SharedRegisters)
    return reason


def test_sleep_on_exit_sleeps_at_the_return_to_thread_mode(made: Bench) -> None:
    handler(made, "adds r4, #1; bx lr")
    made.machine.system.scr = SLEEPONEXIT
    assert isinstance(run(made, "svc #1; movs r3, #1; b ."), Asleep)
    assert (made.machine.registers.r[4], made.machine.registers.r[3]) == (1, 0)  # [B1.5.18]


def test_exception_entry_sets_the_event_register(made: Bench) -> None:
    handler(made, "wfe; movs r4, #1; wfe; movs r4, #2; bx lr")
    assert isinstance(run(made, "svc #1; b ."), Asleep)
    assert made.machine.registers.r[4] == 1  # the first WFE found it set, and cleared it [B1.5.18]


def test_exception_return_sets_the_event_register(made: Bench) -> None:
    handler(made, "wfe; bx lr")
    assert isinstance(run(made, "svc #1; wfe; movs r3, #1; wfe; movs r3, #2; b ."), Asleep)
    assert made.machine.registers.r[3] == 1


@pytest.mark.parametrize(("scr", "passed"), [(SEVONPEND, 1), (0, 0)])
def test_what_pends_without_preempting_sets_the_event_register_with_sevonpend(
    made: Bench, scr: int, passed: int
) -> None:
    made.machine.system.scr = scr
    made.machine.exceptions.set_priority(14, 0xC0)
    handler(made, "wfe; str r1, [r0]; wfe; movs r3, #1; wfe; movs r3, #2; b .")
    assert isinstance(made.run("svc #1; b .", r0=ICSR, r1=PENDSVSET), Asleep)
    assert made.machine.registers.r[3] == passed


@pytest.mark.parametrize(("enabled", "priority", "ready"), [(True, 0x20, True), (True, 0x80, False), (False, 0, False)])
def test_a_reserved_fp_frame_says_whether_debug_monitor_could_have_been_taken(
    made: Bench, enabled: bool, priority: int, ready: bool
) -> None:
    system, exceptions = made.machine.system, made.machine.exceptions
    system.cpacr, system.demcr = 15 << 20, MON_EN if enabled else 0
    exceptions.set_priority(11, 0)
    exceptions.set_priority(12, priority)
    handler(made, "ldr r4, [r0]; b .")
    run(made, "vmov s0, r1; msr basepri, r2; svc #1; b .", r0=FPCCR, r2=0x40)
    assert bool(made.machine.registers.r[4] & MONRDY) == ready  # [B1.5.7, UpdateFPCCR()]
