"""Registers that the C half reads by itself answer what the devices would, to the instruction."""

from __future__ import annotations

import pytest
from support.accelerator import require_accelerator
from support.machines import Bench, bench

from emulator.asm import assemble

HANDLER = 0x2000
SYSTICK = 15
SETUP = """
    movw r0, #0xE010\n movt r0, #0xE000
    movw r1, #0xED04\n movt r1, #0xE000
    mov r2, #{reload}\n str r2, [r0, #4]
    movs r2, #0\n str r2, [r0, #8]
    movs r2, #{csr}\n str r2, [r0]
    movs r3, #0\n movw r7, #{rounds}
loop:
    {body}
    add r3, r3, r3, lsl #5\n eor r3, r3, r2
    subs r7, #1
    bne loop
end:
    b end
"""
BODIES = {
    "CVR": "ldr r2, [r0, #8]",
    "CVR twice, after others": "nop\n ldr.w r2, [r0, #8]\n movs r5, #1\n mov.w r5, #1\n"
    " ldr r6, [r0, #8]\n eor r2, r2, r6, lsl #7",
    "CSR": "ldr r2, [r0]\n lsrs r2, r2, #4",
    "CVR in an IT block": "lsls r5, r7, #30\n ite mi\n ldrmi r2, [r0, #8]\n addpl r2, #1",
    "CVR and CSR in turn": "ldr r2, [r0, #8]\n ldr r5, [r0]\n add r2, r2, r5, lsl #3",
    "RVR written meanwhile": "ldr r2, [r0, #8]\n and r5, r7, #31\n cbnz r5, next\n str r7, [r0, #4]\nnext: nop",
    "CVR written meanwhile": "ldr r2, [r0, #8]\n and r5, r7, #63\n cbnz r5, next\n str r7, [r0, #8]\nnext: nop",
    "SysTick stopped meanwhile": "ldr r2, [r0, #8]\n lsrs r5, r7, #5\n and r5, #1\n orr r5, #4\n"
    " str r5, [r0]\n ldr r6, [r0, #8]\n add r2, r6",
    "a halfword": "ldrh r2, [r0, #8]",
    "ICSR": "ldr r2, [r1]",
    "ICSR, PendSV pending under BASEPRI": "movs r5, #16\n msr basepri, r5\n mov r5, #0x10000000\n"
    " str r5, [r1]\n ldr r2, [r1]\n"
    " mov r5, #0x08000000\n str r5, [r1]\n ldr r6, [r1]\n add r2, r6",
    "ICSR, PendSV pending under PRIMASK": "cpsid i\n mov r5, #0x10000000\n str r5, [r1]\n"
    " ldr r2, [r1]\n ldr r6, [r1]\n cpsie i\n add r2, r6",
    "asleep in between": "ldr r2, [r0, #8]\n wfi\n ldr r6, [r0, #8]\n ldr r5, [r0, #8]\n eor r2, r2, r6, lsl #3",
}  # fmt: skip


def run(body: str, *, pure: bool, monkeypatch: pytest.MonkeyPatch, reload: int, csr: int, rounds: int = 300) -> Bench:
    if pure:
        monkeypatch.setenv("V7M_PURE_PYTHON", "1")
    else:
        monkeypatch.delenv("V7M_PURE_PYTHON", raising=False)
        require_accelerator()
    made = bench(handlers={SYSTICK: HANDLER, 14: HANDLER})
    # The handler reads, too: its own exception is active then.
    handler = "ldr r12, [r1]\n ldr r9, [r0, #8]\n add r10, r12\n eor r11, r9\n bx lr"
    made.machine.poke(HANDLER, assemble(handler, HANDLER))
    made.run(SETUP.format(body=body, reload=reload, csr=csr, rounds=rounds), steps=30 * rounds, r10=0, r11=0)
    return made


def seen(made: Bench) -> tuple[object, ...]:
    regs = made.machine.registers
    systick = made.machine.system.systick
    return (tuple(regs.r), regs.xpsr, regs.pc, made.machine.engine.executed, made.machine.clock.now,
            systick.current(), systick.countflag)  # fmt: skip


@pytest.mark.parametrize("csr", [5, 7])
@pytest.mark.parametrize("reload", [30, 97, 5000])
@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
def test_both_halves_read_the_same(body: str, reload: int, csr: int, monkeypatch: pytest.MonkeyPatch) -> None:
    if "wfi" in body and csr == 5:
        pytest.skip("nothing wakes it")
    native = run(body, pure=False, monkeypatch=monkeypatch, reload=reload, csr=csr)
    pure = run(body, pure=True, monkeypatch=monkeypatch, reload=reload, csr=csr)
    assert seen(native) == seen(pure)


@pytest.mark.parametrize("name", ["CVR", "CSR", "ICSR", "CVR in an IT block"])
def test_a_loop_that_polls_does_not_ask_python(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    made = run(BODIES[name], pure=False, monkeypatch=monkeypatch, reload=5000, csr=5, rounds=2000)
    assert made.machine._shared.python_calls < 120


def test_an_absent_register_reads_as_zero_and_is_heard_of_once() -> None:
    require_accelerator()
    made = bench(lenient=True)
    code = "loop: ldr r2, [r0]\n orrs r3, r2\n subs r7, #1\n bne loop\nend: b end"
    made.run(code, steps=8000, r0=0x4000_0000, r2=1, r7=1999)
    assert made.machine.registers.r[3] == 0
    assert len(made.machine.absent) == 1
    assert made.machine._shared.python_calls < 60


@pytest.mark.parametrize("unprivileged", ["ldrt r3, [r0]", "movs r1, #1\n msr control, r1\n isb\n ldr r3, [r0]"])
def test_an_unprivileged_read_is_refused_although_a_privileged_one_was_answered(unprivileged: str) -> None:
    require_accelerator()
    made = bench()
    made.run(f"ldr r2, [r0, #8]\n ldr r2, [r0, #4]\n ldr r2, [r0]\n {unprivileged}\n end: b end",
             steps=20, r0=0xE000_E010)  # fmt: skip
    fault = made.machine.last_fault
    assert fault is not None and fault.fault.cause.name == "PRECISERR"


def test_a_region_that_comes_over_a_device_is_asked_again() -> None:
    """Rights for a device's page were given; the MPU takes them away by a store that C does itself."""
    require_accelerator()
    made = bench(lenient=True)
    made.machine.observers.clear()  # an observed machine leaves the regions to Python
    code = """
        movw r0, #0xED90\n movt r0, #0xE000
        movs r1, #0x10\n str r1, [r0, #12]\n movw r1, #0x001f\n movt r1, #0x0300\n str r1, [r0, #16]
        movs r1, #5\n str r1, [r0, #4]
        mov r4, #0x40000000\n movw r5, #0x0013\n movt r5, #0x1000\n movs r6, #0\n movs r7, #4
        movw r1, #0x0011\n movt r1, #0x4000\n str r1, [r0, #12]
    loop:
        str r5, [r0, #16]
        str r6, [r0, #16]
        ldr r2, [r4]\n ldr r2, [r4]\n ldr r2, [r4]
        subs r7, #1
        bne loop
        movs r7, #40\n movs r8, #0
    again:
        ldr r2, [r4]\n ldr r2, [r4]
        cmp r7, #1\n it eq\n moveq r8, r5
        str r8, [r0, #16]
        ldr r2, [r4]
        subs r7, #1
        bne again
    end: b end
    """
    made.run(code, steps=1000)
    assert made.machine._shared.map_changes > 4
    fault = made.machine.last_fault
    assert fault is not None and fault.fault.cause.name == "DACCVIOL"
    assert fault.registers.r[7] == 1  # in the run in which the register was answered for


def test_a_watched_register_ends_the_run_at_each_read() -> None:
    made = bench(lenient=True)
    made.run("loop: ldr r2, [r0]\n b loop", steps=100, r0=0x4000_0000)
    made.machine.watch(0x4000_0000, 4, reads=True, writes=False)
    times = []
    for _ in range(3):
        made.machine.run(100)
        times.append(made.machine.engine.executed)
    assert times[1] - times[0] == times[2] - times[1] == 2
