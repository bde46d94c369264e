"""Comparing and testing at length: `v7m diff` of long traces, `v7m test` of many cases, and what an audit costs.

Whole processes in processor time, children included.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from bench.builds import ROOT, Build
from bench.cases import Case, alternate, ratio
from bench.measure import Ratio, processor_time, timed
from support.small_programs import PRINT, exit_with, write_elf

TRACED = ROOT / "firmware" / "prebuilt" / "switch_storm.elf"
READ = "import json, sys\nfor name in sys.argv[1:]:\n    for line in open(name):\n        json.loads(line)"
DIFF_RATIO = 1 / 1.5
CASES_RATIO = 10
SAMPLE = 40
"""Processes of the other side that are run for many cases: each is like the next."""
AUDIT_RATIO = 1 / 1.25


def _process(command: list[str], status: int = 0) -> float:
    """Return the processor seconds of a process, which must end with ``status``."""

    def action() -> None:
        done = subprocess.run(command, cwd=ROOT, capture_output=True, check=False)
        assert done.returncode == status, done.stderr.decode()[-500:] + done.stdout.decode()[-500:]

    return timed(action, processor_time)


def _long_trace(lines: list[str], events: int, shift: int) -> Iterator[str]:
    """Yield a trace of so many events: those of a real one again and again, each with a time and addresses anew."""
    yield lines[0]
    body = [json.loads(line) for line in lines[1:-1]]
    texts = [line[line.index(",") :] for line in lines[1:-1]]
    length = body[-1]["t"] + 1
    for number in range(events):
        turn, place = divmod(number, len(body))
        text = texts[place] if not shift else texts[place].replace('"pc":"0x0000', '"pc":"0x0001')
        yield f'{{"t":{turn * length + body[place]["t"] + shift}{text}'
    yield lines[-1]


def diff(rounds: int, size: int, ours: Build, before: Build | None) -> list[Ratio]:
    """Two traces of ``size`` events: linked elsewhere (the same), and with one call less in the middle (different)."""
    with tempfile.TemporaryDirectory(prefix="v7m-bench-") as name:
        folder = Path(name)
        subprocess.run([*ours.command(TRACED), "--trace", str(folder / "one.jsonl")], cwd=ROOT, capture_output=True,
                       check=True)  # fmt: skip
        lines = (folder / "one.jsonl").read_text().splitlines(keepends=True)
        for number, shift in enumerate((0, 7)):
            with (folder / f"{number}.jsonl").open("w") as file:
                file.writelines(_long_trace(lines, size, shift))
        rebuilt = (folder / "1.jsonl").read_text().splitlines(keepends=True)
        middle = next(n for n in range(len(rebuilt) // 2, len(rebuilt)) if '"kind":"call"' in rebuilt[n])
        (folder / "2.jsonl").write_text("".join(rebuilt[:middle] + rebuilt[middle + 1 :]))
        rows = []
        for other, status, words in (("1", 0, "linked elsewhere"), ("2", 1, "a call less")):
            names = [str(folder / f"{part}.jsonl") for part in ("0", other)]
            sides: dict[str, Callable[[], float]] = {
                "ours": partial(_process, [sys.executable, "-m", "emulator.cli.main", "diff", *names], status),
                "theirs": lambda names=names: (  # type: ignore[misc]
                    _process(["cmp", *names], 1) + _process([sys.executable, "-c", READ, *names])
                ),
            }
            found = alternate(sides, rounds)
            title = f"v7m diff, {size:,} events, {words}"
            rows.append(ratio(title, "cmp, and json of both", found["ours"], found["theirs"], DIFF_RATIO))
    return rows


def many_cases(rounds: int, size: int, ours: Build, before: Build | None) -> list[Ratio]:
    """``size`` short cases by ``v7m test -j2``, against a process each of the build before (or of this one)."""
    with tempfile.TemporaryDirectory(prefix="v7m-bench-") as name:
        folder = Path(name)
        elf = write_elf(folder / "short.elf", PRINT + "\n" + exit_with(0), text=b"hello\n\0")
        rows = "".join(f'[[case]]\nname = "{n}"\nconsole = ["hello"]\n' for n in range(size))
        (folder / "test_many.toml").write_text(f'program = "short.elf"\n{rows}')
        command = [sys.executable, "-m", "emulator.cli.main", "test", "-j", "2", str(folder)]
        other = before or ours
        sides = {
            "ours": partial(_process, command),
            "theirs": lambda: sum(other.run(elf) for _ in range(SAMPLE)) * size / SAMPLE,
        }
        found = alternate(sides, rounds)
    peer = "build before, a process each" if before else "a process each"
    title = f"{size:,} short cases, v7m test -j2"
    return [ratio(title, peer, found["ours"], found["theirs"], CASES_RATIO, partial(_an_hour, size))]


def applications(rounds: int, size: int, ours: Build, before: Build | None) -> list[Ratio]:
    """The cases of firmware/, ``size`` times, with golden traces and audits; against a plain process each."""
    elves = sorted((ROOT / "firmware" / "prebuilt").glob("*.elf"))
    command = [sys.executable, "-m", "emulator.cli.main", "test", "-j", "2", *["firmware"] * size]
    sides = {
        "ours": partial(_process, command),
        "theirs": lambda: sum(_run_anyhow(ours.command(elf)) for elf in elves) * size,
    }
    found = alternate(sides, rounds)
    count = len(elves) * size
    title = f"{count:,} cases of firmware/, v7m test -j2"
    return [ratio(title, "a process each", found["ours"], found["theirs"], None, partial(_an_hour, count))]


def _run_anyhow(command: list[str]) -> float:
    """Return the processor seconds of a process that may end as it likes."""
    return timed(lambda: subprocess.run(command, cwd=ROOT, capture_output=True, check=False), processor_time)


def _an_hour(cases: int, seconds: float) -> str:
    return f"{3600 * cases / seconds:,.0f} an hour and core"


def audit(rounds: int, size: int, ours: Build, before: Build | None) -> list[Ratio]:
    """A shim program that switches ``size`` times, with the audit against without it."""
    elf = Case("", "yields", {"YIELDS": size}, is_shim=True).elf(ours)
    sides = {"ours": partial(ours.seconds, elf, "--check-isolation"), "theirs": partial(ours.seconds, elf)}
    found = alternate(sides, rounds)
    return [ratio(f"{size:,} switches, audited", "itself not audited", found["ours"], found["theirs"], AUDIT_RATIO)]


CAMPAIGNS = {
    "diff": (diff, 1_000_000),
    "many-cases": (many_cases, 1000),
    "applications": (applications, 1),
    "audit": (audit, 15_000),
}
