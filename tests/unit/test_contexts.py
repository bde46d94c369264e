"""Whose context is where: what an exception interrupted is a handler only where that exception is active."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from emulator.armv7m.core import Registers
from emulator.debugger.contexts import Contexts

SYSTICK, IRQ3, IRQ479 = 15, 19, 495


def registers_in(exception: int) -> Registers:
    registers = Registers()
    registers.xpsr = 1 << 24 | exception
    return registers


def names(active: set[int], *interrupted: int) -> list[str]:
    """Return what is shown of a core in SysTick's handler whose stack leads to ``interrupted``."""
    machine: Any = SimpleNamespace(
        registers=registers_in(SYSTICK),
        exceptions=SimpleNamespace(active=sum(1 << one for one in active)),
        processor=SimpleNamespace(load_fp=lambda: None),
    )
    return [one.name for one in Contexts(machine, None, lambda _: [registers_in(one) for one in interrupted]).all()]


def test_handlers_that_are_active_are_shown_down_to_the_thread() -> None:
    assert names({SYSTICK, IRQ3}, IRQ3, 0) == ["SysTick handler", "IRQ3 handler", "main"]


@pytest.mark.parametrize(
    "interrupted",
    [pytest.param((IRQ479, 0), id="never active"), pytest.param((SYSTICK, 0), id="the one that executes"),
     pytest.param((IRQ3, IRQ3, 0), id="active once, there twice")],
)  # fmt: skip
def test_a_frame_of_an_exception_that_is_not_active_ends_what_is_shown(interrupted) -> None:
    shown = names({SYSTICK, IRQ3}, *interrupted)
    assert shown == ["SysTick handler", "IRQ3 handler"][: len(shown)] and "main" not in shown
