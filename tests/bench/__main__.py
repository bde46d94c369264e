"""``python -m tests.bench``: measure, print one table of ratios, and with ``--json FILE`` write it as JSON.

With ``--before REVISION`` that revision is built in a temporary folder and runs the same programs in the same rounds.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import asdict
from functools import partial
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from bench.backwards import BACKWARDS
from bench.builds import Build, build_of
from bench.campaigns import CAMPAIGNS
from bench.cases import CASES, LONG
from bench.cores import CORES
from bench.debugging import DEBUGGING
from bench.isolation import ISOLATION
from bench.measure import Ratio, table
from bench.workloads import WORKLOADS, machine_words

Measure = Callable[[int, int], list[Ratio]]


def main() -> int:
    """Return 0 when every target is met, 1 otherwise."""
    names = [*WORKLOADS, *DEBUGGING, *ISOLATION, *BACKWARDS, *CORES, *CASES, *CAMPAIGNS]
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("workloads", nargs="*", metavar="WORKLOAD[=SIZE]",
                        help=f"of {', '.join(names)} (default: all), {', '.join(LONG)} (minutes each)")  # fmt: skip
    parser.add_argument("--before", metavar="REVISION", help="compare with the build of this revision, too")
    parser.add_argument("--rounds", type=int, default=5, help="alternating rounds, of which the median counts")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the rows as JSON, too")
    options = parser.parse_args()
    if options.rounds < 1:
        parser.error("--rounds must be 1 or more")
    rows: list[Ratio] = []
    with build_of(options.before) if options.before else nullcontext() as before:
        measures = _measures(Build(), before)
        default = list(CASES) if before is not None else names
        for wanted in options.workloads or default:
            name, _, size = wanted.partition("=")
            if name not in measures or not (size.isdecimal() or wanted == name):
                parser.error(f"unknown workload {wanted!r}")
            measure, usual = measures[name]
            print(f"measuring {name} ...", file=sys.stderr)
            rows += measure(options.rounds, int(size or usual))
    print(f"Ratios of speed (peer's time / ours), medians of {options.rounds} alternating rounds; {machine_words()}.")
    print(table(rows))
    if options.json:
        options.json.write_text(json.dumps([asdict(row) | {"met": row.is_met} for row in rows], indent=2) + "\n")
    return 0 if all(row.is_met for row in rows) else 1


def _measures(ours: Build, before: Build | None) -> dict[str, tuple[Measure, int]]:
    """Return every workload by its name: how it is measured, and its usual size."""
    found: dict[str, tuple[Measure, int]] = {**WORKLOADS, **DEBUGGING, **ISOLATION, **BACKWARDS, **CORES}
    for name, (measure, size) in {**CASES, **LONG, **CAMPAIGNS}.items():
        found[name] = (partial(measure, ours=ours, before=before), size)
    return found


if __name__ == "__main__":
    sys.exit(main())
