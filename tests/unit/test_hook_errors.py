"""What Python raises in the middle of a run ends it and is raised again, in both halves: nothing is lost."""

from __future__ import annotations

import signal
import time
from pathlib import Path
from typing import Any

import pytest
from support.machines import CODE, RAM, Bench, bench

from emulator.asm import assemble
from emulator.cli.main import main
from emulator.engine.register_trace import CAPACITY, RegisterTrace
from emulator.machine.events import Event

HALVES = [False, True]
DEVICE = 0x4000_0000
TOUCH = "movs r3, #1; l: ldr r1, [r0]; str r1, [r0, #4]; adds r3, #1; b l"


class Disturbance(Exception):
    """Raised by tests only."""


@pytest.fixture(params=HALVES, ids=["c", "pure"])
def made(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Bench:
    if request.param:
        monkeypatch.setenv("V7M_PURE_PYTHON", "1")
    return bench()


@pytest.mark.parametrize("error", [Disturbance("a bug"), KeyboardInterrupt()])
@pytest.mark.parametrize("method", ["read", "write"])
def test_an_access_that_raises_ends_the_run_with_the_same_exception(
    made: Bench, error: BaseException, method: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*arguments: object) -> int:
        raise error

    code = "movs r3, #7; ldr r1, [r0]; movs r3, #9; b ." if method == "read" else "movs r3, #7; str r1, [r0]; b ."
    monkeypatch.setattr(made.machine.memory, method, broken)
    with pytest.raises(type(error)) as raised:
        made.run(code, r0=0xE000_E010)
    assert raised.value is error


@pytest.mark.parametrize("half", HALVES, ids=["c", "pure"])
def test_no_signal_is_lost_whenever_it_comes(half: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also while the engine executes: Python handles it in front of a hook's first line."""
    if half:
        monkeypatch.setenv("V7M_PURE_PYTHON", "1")
    before = signal.signal(signal.SIGALRM, signal.default_int_handler)
    machines = [bench() for _ in range(20)]  # none ends in between: what is raised while objects go is dropped, too
    try:
        for attempt, made in enumerate(machines):
            with pytest.raises(KeyboardInterrupt):
                signal.setitimer(signal.ITIMER_REAL, 0.002 + attempt / 10_000)
                made.run("l: str r1, [r0]; adds r3, #1; b l", steps=1_000_000, r0=0xE000_E014)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def test_what_a_hook_raised_is_raised_behind_the_run_and_only_once(made: Bench) -> None:
    run = made.machine.engine._run
    run.fail(Disturbance("lost"))
    with pytest.raises(Disturbance, match="lost"):
        run.raise_error()
    run.raise_error()


@pytest.mark.parametrize("hook", ["page_rights", "check"])
def test_a_decision_that_raises_ends_the_run(made: Bench, hook: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*arguments: object) -> Any:
        raise Disturbance(hook)

    made.machine.poke(CODE, assemble("ldr r1, [r0]; b .", CODE))
    monkeypatch.setattr(made.machine.memory, hook, broken)
    with pytest.raises(Disturbance, match=hook):
        made.run("ldr r1, [r0]; b .", r0=DEVICE)


def test_an_observer_that_raises_in_the_middle_of_a_run_ends_it(made: Bench) -> None:
    def writer(event: Event) -> None:
        raise OSError(28, "No space left on device")

    made.machine.observers.append(writer)
    with pytest.raises(OSError, match="No space left"):
        made.run("str r1, [r0]; str r2, [r0, #8]; b .", r0=0xE000_ED98, r1=0, r2=1)


def test_the_first_exception_is_the_one_that_is_raised(made: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    raised = [Disturbance("first"), Disturbance("second"), Disturbance("third")]

    def broken(*arguments: object) -> Any:
        raise raised.pop(0)

    monkeypatch.setattr(made.machine.memory, "read", broken)
    with pytest.raises(Disturbance, match="first"):
        made.run("it al; ldral r1, [r0]; ldr r1, [r0]; ldr r1, [r0]; b .", r0=0xE000_E010)


def test_a_register_trace_that_cannot_be_written_ends_the_run(made: Bench) -> None:
    written: list[bytes] = []

    def write(data: bytes) -> None:
        written.append(data)
        if len(written) == 3:
            raise OSError(28, "No space left on device")

    trace = RegisterTrace(made.machine.engine, write)
    with pytest.raises(OSError, match="No space left"):
        made.run("l: adds r0, #1; adds r1, #1; b l", steps=10 * CAPACITY)
    assert trace._state.count <= CAPACITY
    assert len(written) == 3


def test_a_bug_of_a_device_is_reported_as_one(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from emulator.devices import cmsdk_uart

    def broken(*arguments: object) -> None:
        raise Disturbance("in the UART")

    uart = next(kind for name, kind in vars(cmsdk_uart).items() if isinstance(kind, type) and "write" in vars(kind))
    monkeypatch.setattr(uart, "write", broken)
    image = tmp_path / "uart.bin"
    code = "movw r0, #0x4000; movt r0, #0x4000; movs r1, #1; str r1, [r0, #8]; b ."
    vectors = [RAM + 0x8000, CODE | 1] + [CODE | 1] * 62
    image.write_bytes(b"".join(word.to_bytes(4, "little") for word in vectors) + assemble(code, CODE))
    assert main(["run", str(image), "--load-address", "0", "--max-instructions", "1000"]) == 70
    assert "Disturbance: in the UART" in capfd.readouterr().err


def test_no_signal_is_lost_while_translated_code_is_looked_up(made: Bench) -> None:
    """As each single step does."""
    engine = made.machine.engine
    before = signal.signal(signal.SIGALRM, signal.default_int_handler)
    raised = 0
    try:
        for attempt in range(200):
            signal.setitimer(signal.ITIMER_REAL, 0.0005 + attempt / 1_000_000)
            until = time.monotonic() + 1
            try:
                while time.monotonic() < until:
                    engine.pages.look_up(lambda: engine._uc.ctl_remove_cache(0x100, 0x102))
            except KeyboardInterrupt:
                raised += 1
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    assert raised == 200
