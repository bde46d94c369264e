"""The states of a second run: those that the C half logs are those that single blocks lead to, in the same order."""

from __future__ import annotations

from pathlib import Path

import pytest
from unit.test_why import SYST, elf

from emulator.diagnosis import replay as replay_module
from emulator.diagnosis.replay import Replay, State
from emulator.harness.guest_input import GuestInput, no_input
from emulator.harness.session import board_of, open_machine
from emulator.harness.setup import Setup
from emulator.timetravel.checkpoint import Position

ROOT = Path(__file__).parents[2]
TICKS = {
    "main": f"{SYST}; movs r4, #0; adds r4, #1; mov r5, r4; b 0x10c",
    "tick": "push {{r4, lr}}; adds r4, #9; pop {{r4, pc}}",
    "handler": "b .",
}
"""SysTick every 41 instructions; the loop is entered anew at a time that no multiple of its length is."""


def states(program: Path, first: int, last: int, *, is_logged: bool, by_steps: bool = False) -> list[State]:
    setup = Setup((str(program),))
    with open_machine(setup, board_of(setup), GuestInput(no_input), has_input=False) as session:
        replay = Replay(session, last)
        if not is_logged:
            replay._log = None
        replay.at_end(last)
        replay.traveller.goto(Position(first, 0))
        end = replay.traveller.farthest
        found = replay.steps_from(replay.here(), end) if by_steps else replay.walk(end)
        assert found[-1] == replay.here()
        return found


@pytest.mark.parametrize("chunk", [60, 20_000])
def test_logged_states_are_those_that_steps_lead_to(
    tmp_path: Path, chunk: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(replay_module, "LOGGED", chunk)
    program = elf(tmp_path / "program.elf", TICKS, systick="tick")
    check(*(states(program, 7, 400, is_logged=is_logged) for is_logged in (True, False)))


def test_logged_states_of_threads_are_those_that_steps_lead_to() -> None:
    """Where the engine ends a block in front of an instruction over the end of a page, the log has one state more."""
    program = ROOT / "firmware" / "prebuilt" / "matrix_m_preemption.elf"
    logged, stepped = (states(program, 14_000, 21_500, is_logged=is_logged) for is_logged in (True, False))
    further = [one for one in logged if one not in stepped]
    for one in further:
        assert one.registers[15] % 1024 == 1022
    check([one for one in logged if one not in further], stepped)


def test_each_logged_state_is_one_that_single_instructions_lead_to() -> None:
    """The library has an instruction over the end of a page, in front of which the engine ends a block of its own."""
    program = ROOT / "firmware" / "prebuilt" / "stack_sharing.elf"
    logged = states(program, 14_600, 15_500, is_logged=True)
    stepped = states(program, 14_600, 15_500, is_logged=False, by_steps=True)
    assert {one.position.executed for one in stepped} == set(range(14_600, stepped[-1].position.executed + 1))
    assert [one for one in logged if one in stepped] == logged


def check(logged: list[State], stepped: list[State]) -> None:
    """The log has each state of ``stepped`` but for those in which nothing is executed: an exception is taken there."""
    assert len(logged) > 60
    assert [one for one in logged if one.is_frame] == [one for one in stepped if one.is_frame]
    assert any(one.is_frame for one in logged)
    others = [one for one in stepped if one not in logged]
    assert [one for one in stepped if one in logged] == logged
    behind = {(one.position.executed, *one.registers) for one in logged if one.is_frame}
    assert all((one.position.executed, *one.registers) in behind for one in others)
