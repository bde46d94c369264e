"""A handler that returns with its stack pointer elsewhere than it began: which side, how far, and what did it."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.small_programs import write_elf

import v7m

CALL = "movs r0, #3; sub sp, #32; str r0, [sp, #4]; svc #0; movs r0, #2; b ."
"""What the frame's xPSR would be is no word of Thread mode, 8 bytes above it and below."""


@pytest.mark.parametrize(
    ("handler", "side", "mover"),
    [
        ("add sp, #8; bx lr", "8 bytes above", ""),
        ("push {r0, lr}; bx lr", "8 bytes below", "push {r0, lr}"),
        ("push {r0, lr}; push {r0}; pop {r0}; bx lr", "8 bytes below", "push {r0, lr}"),
    ],
)
def test_how_far_and_by_what(handler: str, side: str, mover: str, tmp_path: Path) -> None:
    program = write_elf(tmp_path / "program.elf", CALL, handlers={11: handler})
    texts = [step.text for step in v7m.run(program, why=True, max_instructions=2_000).why]
    assert f"returned with SP {side} where the handler had it when it began" in texts[0]
    moved = [text for text in texts[1:] if "moved SP there, and nothing has moved it back" in text]
    assert [text.endswith(mover) for text in moved] == ([True] if mover else [])


def test_a_handler_that_pops_what_it_pushed_is_not_blamed(tmp_path: Path) -> None:
    program = write_elf(tmp_path / "program.elf", CALL, handlers={11: "push {r0, lr}; pop {r0, lr}; mvn lr, #0; bx lr"})
    texts = [step.text for step in v7m.run(program, why=True, max_instructions=2_000).why]
    assert not any("returned with SP" in text for text in texts)
