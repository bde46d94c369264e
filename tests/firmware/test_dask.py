"""The same verdicts from a Dask cluster as from this process, in the same order and bytes, whatever dies on the way."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dask
import distributed
import pytest
from support.small_programs import PRINT, exit_with, write_elf

from emulator.cli.main import main
from emulator.harness import case_child, dask_runs
from emulator.harness.case import Case, find_cases
from emulator.harness.case_runs import run_cases
from emulator.harness.parcel import pack
from emulator.version import VERSION

PROGRAMS = 8
FAILURES = 4 + 8 + 8 + 2
"""Odd programs end with 1; number 1 alone prints what is wanted, but is odd; no golden trace is one; two cannot run."""
LONG = "movw r3, #0xffff\nmovt r3, #{high}\nagain: subs r3, r3, #1\nbne again\n"
BOARD = 'extends = "../boards/base.toml"\n'
BASE = 'extends = "mps2-an386"\nname = "mine"\n'


def write_cases(folder: Path) -> None:
    """Write cases of many programs: that pass, that fail, that cannot run; by relative and by absolute names."""
    (folder / "programs").mkdir(parents=True)
    (folder / "boards").mkdir()
    (folder / "boards" / "base.toml").write_text(BASE)
    (folder / "programs" / "board.toml").write_text(BOARD)
    (folder / "programs" / "golden.jsonl").write_text('{"kind":"header"}\n')
    for number in range(PROGRAMS):
        code = LONG.format(high=number % 3) + PRINT + "\n" + exit_with(number % 2)
        write_elf(folder / "programs" / f"p{number}.elf", code, text=b"program %d\n\0" % number)
        rows = [
            'name = "ends"\n',
            'name = "prints"\nconsole = ["program 1"]\n',
            'name = "lies"\ngolden = "golden.jsonl"\n',
        ]
        text = f'program = "p{number}.elf"\nboard = "board.toml"\n' + "".join(f"[[case]]\n{row}" for row in rows)
        (folder / "programs" / f"test_{number:02}.toml").write_text(text)
    absent = folder / "programs" / "absent.elf"
    (folder / "programs" / "test_absolute.toml").write_text(f'program = "{absent}"\n')
    (folder / "programs" / "test_sources.toml").write_text('sources = ["no.c"]\n')


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    path = tmp_path_factory.mktemp("cases")
    write_cases(path)
    before = Path.cwd()
    os.chdir(path)
    yield path
    os.chdir(before)


@pytest.fixture(scope="module")
def cluster() -> Iterator[Any]:
    """Two workers, whose tasks Dask gives up when one of them goes: that is the worst that it does after more."""
    with (
        dask.config.set({"distributed.scheduler.allowed-failures": 0, "distributed.admin.log-length": 0}),
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None, silence_logs=50
        ) as made,
    ):
        yield made


@pytest.mark.filterwarnings("default")
def test_the_command_prints_the_same_and_writes_the_same_files(folder: Path, cluster: Any, capfd: Any) -> None:
    printed, files = [], []
    for options in (["--jobs", "1"], ["--dask", cluster.scheduler_address]):
        assert main(["test", "programs", "--junit", "j.xml", *options]) == 1
        printed.append(capfd.readouterr().out)
        files.append(Path("j.xml").read_bytes())
    assert printed[0] == printed[1] and f"{FAILURES} of {PROGRAMS * 3 + 2} cases failed." in printed[0]
    assert files[0] == files[1]


@pytest.mark.filterwarnings("default")
def test_a_worker_that_is_killed_loses_nothing(folder: Path, cluster: Any) -> None:
    cases = find_cases(["programs"])
    expected = list(run_cases(cases, 1))
    (victim, *_) = cluster.workers.values()
    found = []
    for number, verdict in enumerate(dask_runs.run_cases_by_dask(cases, cluster.scheduler_address)):
        found.append(verdict)
        if number == 2:
            os.kill(victim.pid, signal.SIGKILL)
    assert [one.case.name for one, same in zip(found, expected, strict=True) if one != same] == []


class Killer(case_child.Child):
    """A child that is killed as soon as it has been given a certain case; it does that so often."""

    kills = 0
    name = ""

    def run(self, parcel: Any) -> Any:
        for case in parcel.cases:
            if case.name == self.name and Killer.kills:
                Killer.kills -= 1
                threading.Timer(0.05, os.kill, (self.pid, signal.SIGKILL)).start()
                break
            yield next(super().run(parcel._replace(cases=(case,))))
        else:
            return
        yield from super().run(parcel._replace(cases=(parcel.cases[parcel.cases.index(case)],)))


def long_case(folder: Path) -> list[Case]:
    """Cases of which the second takes long enough to be killed in the middle."""
    (folder / "long").mkdir(exist_ok=True)
    write_elf(folder / "long" / "short.elf", exit_with(0))
    write_elf(folder / "long" / "long.elf", LONG.format(high=200) + exit_with(0))
    text = '[[case]]\nname = "first"\nprogram = "short.elf"\n[[case]]\nname = "long"\nprogram = "long.elf"\n'
    text += '[[case]]\nname = "third"\nprogram = "short.elf"\n'
    (folder / "long" / "test_long.toml").write_text(text)
    return find_cases(["long"])


@pytest.mark.parametrize(("kills", "fails"), [(0, False), (1, False), (2, True)])
def test_a_case_is_blamed_only_when_its_child_dies_twice(
    folder: Path, monkeypatch: pytest.MonkeyPatch, kills: int, fails: bool
) -> None:
    monkeypatch.setattr(dask_runs, "Child", Killer)
    monkeypatch.setattr(dask_runs, "_idle", [])
    monkeypatch.setattr(Killer, "kills", kills)
    monkeypatch.setattr(Killer, "name", "long")
    cases = long_case(folder)
    verdicts = dask_runs.run_parcel(pack(cases), VERSION)
    dask_runs._idle.pop().close()
    assert [verdict.case for verdict in verdicts] == cases and Killer.kills == 0
    assert [verdict.has_passed for verdict in verdicts] == [True, not fails, True]
    if fails:
        assert verdicts[1].failures == (
            "The process that ran it was ended by signal 9, twice. Is there enough memory on the worker?",
        )


def test_a_file_that_has_changed_is_another_file(folder: Path) -> None:
    child = case_child.Child()
    place = folder / "changing.elf"
    for code in (0, 1, 0):
        write_elf(place, exit_with(code))
        (folder / "changing.toml").write_text('program = "changing.elf"\n')
        (verdict,) = child.run(pack(find_cases(["changing.toml"])))
        assert verdict.has_passed == (code == 0)
    child.close()


def test_a_worker_of_another_version_is_refused() -> None:
    with pytest.raises(Exception, match=f"a worker has v7m {VERSION}, this is v7m 9"):
        dask_runs.run_parcel(pack([]), "9")


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--dask", "127.0.0.1:1"], "--dask: no scheduler at 127.0.0.1:1: "),
        (["--dask", "x", "--update"], "leave --update out"),
        (["--dask", "x", "--jobs", "2"], "leave --jobs out"),
    ],
)
def test_what_cannot_be_is_told_in_one_line(
    folder: Path, capfd: Any, monkeypatch: pytest.MonkeyPatch, options: list[str], words: str
) -> None:
    monkeypatch.setattr(dask_runs, "PATIENCE", 1.0)
    assert main(["test", "programs", *options]) == 2
    said = capfd.readouterr().err.splitlines()
    waits = "v7m: --dask: no scheduler at 127.0.0.1:1 yet, waiting for it up to 1 s"
    assert (waits in said) == ("127.0.0.1:1" in options)
    assert words in said[-1] and said[-1].startswith("v7m: ")


def test_without_dask_the_remedy_is_named(folder: Path, capfd: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    assert main(["test", "programs", "--dask", "x"]) == 2
    assert "pip install 'v7m[dask]'" in capfd.readouterr().err
