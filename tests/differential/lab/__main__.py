"""``python -m tests.differential.lab --seed N --budget SECONDS``: random programs here and on QEMU until time is up.

Prints what was tried and which known differences were met; shrinks and prints whatever is not known, and exits 1.
"""

from __future__ import annotations

import argparse
import sys
import time
from itertools import count
from pathlib import Path

TESTS = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(TESTS), str(TESTS.parent)]

from differential.lab import exceptions, instructions  # noqa: E402
from differential.lab.batch import MODES  # noqa: E402

BATCH = 400
SCENARIOS = 100
MOST_FAILURES = 3


def main() -> int:
    """Run the laboratory; the exit code is 1 when it found something."""
    parser = argparse.ArgumentParser(prog="python -m tests.differential.lab", description=__doc__)
    parser.add_argument("--seed", default="1", help="where the stream of random programs begins")
    parser.add_argument("--budget", type=float, default=60, help="seconds")
    options = parser.parse_args()
    end = time.monotonic() + options.budget
    cases, scenarios = instructions.Report(), exceptions.Report()
    for round_number in count():
        if time.monotonic() >= end or len(cases.failures) + len(scenarios.failures) >= MOST_FAILURES:
            break
        seed = f"{options.seed}/{round_number}"
        instructions.run_random(seed, MODES[round_number % len(MODES)], BATCH, cases)
        if round_number % 3 == 0:
            exceptions.run_random(seed, exceptions.CORES[round_number % 2], SCENARIOS, scenarios)
    print(f"{cases.cases} instruction sequences, {cases.faults} of them ended by a fault")
    print(f"    known differences: {cases.count.summary()}")
    print(f"{scenarios.scenarios} scenarios with {scenarios.entries} exceptions, {scenarios.lockups} ended in lockup")
    print(f"    known differences: {scenarios.count.summary()}")
    found = [instructions.shrink(failure).words() for failure in cases.failures[:MOST_FAILURES]]
    found += [exceptions.shrink(failure).words() for failure in scenarios.failures[:MOST_FAILURES]]
    for words in found:
        print("\nnot known:\n" + words)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
