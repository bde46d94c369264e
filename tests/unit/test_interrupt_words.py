"""A bare program that sleeps for ever: what is enabled, what pends, and what holds it off."""

from __future__ import annotations

import pytest
from support.machines import Bench, bench

from emulator.machine.stop import Asleep, BudgetSpent
from emulator.trace.report import build_report

ISER, ISPR, IPR = 0xE000_E100, 0xE000_E200, 0xE000_E400
SYST_CSR, SYST_RVR = 0xE000_E010, 0xE000_E014


def details(made: Bench, code: str, kind: type = Asleep, **registers: int) -> list[str]:
    """Run ``code``, which must end with a StopReason of ``kind``; return what the report says of it."""
    reason = made.run(code, **registers)
    assert isinstance(reason, kind), reason
    return list(build_report(made.machine, reason, "board", None).details)


def store(address: int, value: int) -> str:
    return f"ldr r0, =0x{address:x}\nldr r1, =0x{value:x}\nstr r1, [r0]\n"


END = "wfi\nb .\n.ltorg\n"
QUIET = ["No external interrupt is enabled.", "SysTick does not count.", "No device has anything left to do."]


def test_a_program_that_has_enabled_nothing() -> None:
    assert details(bench("cortex-m3"), END) == QUIET


def test_an_interrupt_that_pends_and_is_not_enabled() -> None:
    code = store(ISPR, 1 << 5) + END
    assert details(bench("cortex-m3"), code) == ["IRQ5 pends, and is not enabled: NVIC_ISER0 bit 5.", *QUIET]


def test_an_interrupt_that_basepri_masks() -> None:
    code = store(IPR, 0x60) + "movs r2, #0x40\nmsr basepri, r2\n" + store(ISER, 1) + store(ISPR, 1) + END
    assert details(bench("cortex-m3"), code) == [
        "IRQ0 pends, and BASEPRI, 0x40, masks its priority, 0x60.", "Enabled: IRQ0.", *QUIET[1:],
    ]  # fmt: skip


def test_an_interrupt_that_faultmask_holds_off() -> None:
    code = "cpsid f\n" + store(ISER, 1) + store(ISPR, 1) + END
    assert details(bench("cortex-m3"), code)[0] == "IRQ0 pends, and FAULTMASK is set."


def test_an_interrupt_that_is_as_urgent_as_the_handler_that_sleeps() -> None:
    made = bench("cortex-m3", handlers={16: 0x400})
    from emulator.asm import assemble

    made.machine.poke(0x400, assemble(store(ISER, 3) + store(ISPR, 2) + END, 0x400))
    assert details(made, store(ISER, 1) + store(ISPR, 1) + "b .\n.ltorg\n")[0] == (
        "IRQ1 pends, and its priority, 0x00, is not more urgent than that of the handler that runs, 0x00."
    )


def test_a_systick_that_counts_without_its_exception() -> None:
    code = store(SYST_RVR, 1000) + store(SYST_CSR, 5) + store(ISER, 0x3FF) + END
    assert details(bench("cortex-m3"), code) == [
        "Enabled: IRQ0, IRQ1, IRQ2, IRQ3, IRQ4, IRQ5, IRQ6, IRQ7 and 2 more.",
        "SysTick counts, and raises no exception: SYST_CSR.TICKINT is clear.",
        "No device has anything left to do.",
    ]


@pytest.mark.parametrize(("mask", "count"), [("cpsid i\n", 1), ("", 0)])
def test_a_loop_that_masks_what_pends_says_so(mask: str, count: int) -> None:
    made = bench("cortex-m3", handlers={16: 0x400})
    from emulator.asm import assemble

    made.machine.poke(0x400, assemble("bx lr\n", 0x400))
    found = details(made, mask + store(ISER, 1) + store(ISPR, 1) + "b .\n.ltorg\n", BudgetSpent)
    assert found == ["IRQ0 pends, and PRIMASK is set."] * count


STILL = "SysTick is enabled and stands still: its reload value, SYST_RVR, is 0."


def test_a_systick_without_a_reload_value_is_said_to_stand_still() -> None:
    assert details(bench("cortex-m3"), store(SYST_CSR, 3) + END)[1] == STILL
    code = store(SYST_CSR, 3) + "loop: adds r2, #1\nb loop\n.ltorg\n"
    assert details(bench("cortex-m3"), code, BudgetSpent) == [STILL]


def test_a_systick_with_a_reload_value_is_not() -> None:
    code = store(SYST_RVR, 0xFFFF) + store(SYST_CSR, 1) + "loop: adds r2, #1\nb loop\n.ltorg\n"
    assert details(bench("cortex-m3"), code, BudgetSpent) == []
