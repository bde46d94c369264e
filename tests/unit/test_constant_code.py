"""A loop whose machine code is a constant of the program, as vendors write delays: it is no accident to be there."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.arm_gcc import build_bare

import v7m

SOURCE = """
#include <stdint.h>
static const uint16_t delay_code[] __attribute__((aligned(16))) = {0x3801, 0xd8fd, 0x4770}; /* subs, bhi, bx lr */
static uint16_t in_ram[] __attribute__((aligned(16))) = {0x3801, 0xd8fd, 0x4770};
int main(void)
{
    for (int turn = 0; turn < 2; turn++)
        ((void (*)(uint32_t))((uintptr_t)(IN_RAM ? in_ram : delay_code) | 1))(1000000);
    return 0;
}
"""


@pytest.fixture(scope="module", params=[0, 1])
def program(request: pytest.FixtureRequest) -> tuple[int, Path]:
    return request.param, build_bare([], generated={"main.c": SOURCE}, flags=[f"-DIN_RAM={request.param}"])


def test_only_code_that_is_no_constant_beside_functions_is_told_as_left(program: tuple[int, Path]) -> None:
    in_ram, path = program
    result = v7m.run(path, max_instructions=30_000, why=True)
    assert result.exit_status == 4
    assert ("execution had left the program's code" in result.headline) == bool(in_ram)
