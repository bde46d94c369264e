"""The workloads of time travel: what its checkpoints cost a run, and what going back costs against running forward."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from bench.measure import Ratio, compare, processor_time, timed
from bench.sides import machine_of
from bench.workloads import program, seconds

from emulator.machine.machine import Machine
from emulator.machine.stop import BudgetSpent, Watchpoint
from emulator.timetravel.traveller import Traveller

WARM = 100_000
"""Instructions that are executed before the clock starts: what is translated once is not counted."""


def warm(elf: Path) -> Machine:
    """Return a machine in the middle of the program."""
    machine = machine_of(elf)
    machine.run(WARM)
    return machine


def forward(elf: Path, size: int, has_history: bool = False) -> float:
    """Return the processor seconds of ``size`` instructions."""
    machine = warm(elf)
    run = Traveller(machine).run if has_history else machine.run
    return timed(lambda: _check(run(size)), processor_time)


def _check(reason: object) -> None:
    assert isinstance(reason, BudgetSpent), reason


def first_word(machine: Machine) -> int:
    """Return where main() has saved its first register: nothing stores there again."""
    return int.from_bytes(machine.peek(machine.vector_table, 4), "little") - 4


def back(elf: Path, size: int, what: str) -> float:
    """Return the processor seconds of going back in a run of ``size`` instructions, or of searching it."""
    machine = machine_of(elf)
    traveller = Traveller(machine)
    _check(traveller.run(WARM + size))
    if what == "step":
        return timed(traveller.step_back, processor_time)
    if what == "last write":
        return timed(lambda: traveller.last_write(first_word(machine), 4, lambda reason: reason), processor_time)
    machine.watch(first_word(machine), 4)
    found: list[object] = []
    taken = timed(lambda: found.append(traveller.run_back()), processor_time)
    assert isinstance(found[0], Watchpoint) and traveller.position.executed < WARM, found
    return taken


def backwards(rounds: int, size: int) -> list[Ratio]:
    """``size`` instructions of a computation and of a kernel with a tick: forward, with a history, and back."""
    rows = []
    for name, elf in (("compute", program("compute", ROUNDS=3000)), ("kernel", program("kernel", SWITCHES=20_000))):
        run = partial(forward, elf, size)
        million = f"{size / 1e6:g} million of {name}"
        rows += [
            compare(f"{million} with checkpoints", "without", partial(forward, elf, size, True), run,
                    target=1 / 1.1, rounds=rounds, unit=seconds),
            compare(f"reverse-continue over {million}", "forward", partial(back, elf, size, "continue"), run,
                    target=1 / 2.5, rounds=rounds, unit=seconds),
            compare(f"reverse-stepi after {million}", "forward", partial(back, elf, size, "step"), run,
                    target=20, rounds=rounds, unit=seconds),
            compare(f"last-write over {million}", "forward", partial(back, elf, size, "last write"), run,
                    target=0.5, rounds=rounds, unit=seconds),
        ]  # fmt: skip
    return rows


BACKWARDS = {"backwards": (backwards, 50_000_000)}
