"""Changes one line at a time at the places of mutants.toml, and expects a test to notice each.

    python -m tests.mutants [NAME ...] [--ci]    all of them, those whose names contain NAME, or the few that CI runs

Works in a copy of the source tree. Exits 1 when a mutant lives, 2 when the list does not fit the sources.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
import tomllib
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
LIST = Path(__file__).with_name("mutants.toml")
COMPILED = (".c", ".h")
TIMEOUT = 600
"""Seconds for the tests of one mutant: one that hangs them is noticed, too."""


@dataclass(frozen=True)
class Mutant:
    """``old``, which stands once in ``file``, becomes ``new``; one of ``tests`` must fail then."""

    name: str
    file: str
    old: str
    new: str
    tests: tuple[str, ...]
    ci: bool = False

    def applied_to(self, source: str) -> str:
        """Return the source with the change. ValueError when the place is not there once."""
        count = source.count(self.old)
        if count != 1:
            raise ValueError(f"{self.name}: its old text stands {count} times in {self.file}")
        return source.replace(self.old, self.new)


def mutants() -> list[Mutant]:
    """Return the list."""
    rows = tomllib.loads(LIST.read_text())["mutant"]
    return [Mutant(**row | {"tests": tuple(row["tests"])}) for row in rows]


class Copy:
    """A copy of the source tree in ``directory`` with its extension built."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        names = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True, text=True).stdout
        for name in filter(None, names.split("\0")):
            target = directory / name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, target)
        self.build()

    def build(self) -> bool:
        """Build the extension; False when it does not compile."""
        command = [sys.executable, "setup.py", "-q", "build_ext", "--inplace", "--force"]
        done = subprocess.run(command, cwd=self.directory, capture_output=True, text=True)
        return done.returncode == 0 and "failed" not in done.stderr

    def fails(self, tests: tuple[str, ...]) -> bool:
        """Whether any of ``tests`` fails, or they do not end. RuntimeError when none could be run."""
        command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", *tests]
        environment = os.environ | {"PYTHONPATH": str(self.directory), "CI": "true", "PYTHONDONTWRITEBYTECODE": "1"}
        try:
            done = subprocess.run(
                command, cwd=self.directory, env=environment, capture_output=True, text=True, timeout=TIMEOUT
            )
        except subprocess.TimeoutExpired:
            return True
        if done.returncode > 2:  # 2: a module cannot be imported any more; negative: a signal ended it
            raise RuntimeError(f"the tests do not run:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
        return done.returncode != 0

    def is_noticed(self, mutant: Mutant) -> bool:
        """Whether a test fails with the mutant in place; the tree is put back."""
        path = self.directory / mutant.file
        source = path.read_text()
        is_compiled = path.suffix in COMPILED
        path.write_text(mutant.applied_to(source))
        try:
            if is_compiled and not self.build():
                raise ValueError(f"{mutant.name}: does not compile")
            return self.fails(mutant.tests)
        finally:
            path.write_text(source)
            if is_compiled:
                self.build()


def check(chosen: list[Mutant]) -> int:
    """Try the mutants one after the other; return how many live."""
    living = 0
    with tempfile.TemporaryDirectory(prefix="v7m-mutants-") as directory:
        copy = Copy(Path(directory))
        sound: set[tuple[str, ...]] = set()
        for number, mutant in enumerate(chosen, 1):
            if mutant.tests not in sound and copy.fails(mutant.tests):
                raise ValueError(f"{', '.join(mutant.tests)}: fails, or takes {TIMEOUT} s, without any mutant")
            sound.add(mutant.tests)
            begin = time.monotonic()
            noticed = copy.is_noticed(mutant)
            living += not noticed
            verdict = "noticed" if noticed else "LIVES  "
            print(f"{number:3}/{len(chosen)}  {verdict}  {mutant.name}  ({time.monotonic() - begin:.0f} s)", flush=True)
    return living


def main(arguments: list[str]) -> int:
    """Return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutants", description="one changed line must fail a test")
    parser.add_argument("names", nargs="*", metavar="NAME", help="only mutants whose names contain it")
    parser.add_argument("--ci", action="store_true", help="only the few that CI runs")
    options = parser.parse_args(arguments)
    chosen = [mutant for mutant in mutants() if mutant.ci or not options.ci]
    if options.names:
        chosen = [mutant for mutant in chosen if any(name in mutant.name for name in options.names)]
    if not chosen:
        parser.error("no mutant has such a name")
    try:
        living = check(chosen)
    except (ValueError, RuntimeError) as error:
        print(f"mutants: {error}", file=sys.stderr)
        return 2
    print(f"{len(chosen) - living} of {len(chosen)} mutants were noticed")
    return 1 if living else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
