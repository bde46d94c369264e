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

from differential.lab import instructions  # noqa: E402
from differential.lab.batch import MODES  # noqa: E402

BATCH = 400
MOST_FAILURES = 3


def main() -> int:
    """Run the laboratory; the exit code is 1 when it found something."""
    parser = argparse.ArgumentParser(prog="python -m tests.differential.lab", description=__doc__)
    parser.add_argument("--seed", default="1", help="where the stream of random programs begins")
    parser.add_argument("--budget", type=float, default=60, help="seconds")
    options = parser.parse_args()
    end = time.monotonic() + options.budget
    report = instructions.Report()
    for round_number in count():
        if time.monotonic() >= end or len(report.failures) >= MOST_FAILURES:
            break
        mode = MODES[round_number % len(MODES)]
        instructions.run_random(f"{options.seed}/{round_number}", mode, BATCH, report)
    print(f"{report.cases} cases, {report.faults} of them ended by a fault")
    print(f"known differences: {report.count.summary()}")
    for failure in report.failures[:MOST_FAILURES]:
        print("\nnot known:\n" + instructions.shrink(failure).words())
    return 1 if report.failures else 0


if __name__ == "__main__":
    sys.exit(main())
