"""How RTEMS in an image came to its end, on a program of our own with the names of its functions."""

from __future__ import annotations

from pathlib import Path

from support.arm_gcc import MACHINES, build_bare

import v7m

FOLDER = Path(__file__).parents[1] / "kernels"


def ended(*flags: str) -> v7m.Result:
    program = build_bare([FOLDER / "rtems_end.c"], "m3", flags=[f"-I{FOLDER}", "-fno-optimize-sibling-calls", *flags])
    return v7m.run(program, board=MACHINES["m3"], max_instructions=20_000, on_reset="stop", why=True)


def test_a_task_whose_function_returned_is_told_with_the_place() -> None:
    result = ended()
    words = "RTEMS had ended with source 0 (INTERNAL_ERROR_CORE), code 0x5 (INTERNAL_ERROR_THREAD_EXITTED)"
    assert result.headline.endswith(f"; {words}: the function of WORK returned.")
    assert result.why[0].text.startswith("work (") and " returned, at " in result.why[0].text


def test_an_exit_status_that_is_not_zero_is_told_and_zero_is_not() -> None:
    assert ended("-DSTATUS=3").headline.endswith("; the exit status was 3.")
    assert "status" not in ended("-DSTATUS=0").headline
