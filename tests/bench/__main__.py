"""``python -m tests.bench``: measure, print one table of ratios, and with ``--json FILE`` write it as JSON."""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import asdict
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from bench.measure import Ratio, table
from bench.workloads import WORKLOADS, machine_words


def main() -> int:
    """Return 0 when every target is met, 1 otherwise."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("workloads", nargs="*", metavar="WORKLOAD", help=f"of {', '.join(WORKLOADS)} (default: all)")
    parser.add_argument("--rounds", type=int, default=5, help="alternating rounds, of which the median counts")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the rows as JSON, too")
    options = parser.parse_args()
    unknown = [name for name in options.workloads if name not in WORKLOADS]
    if unknown or options.rounds < 1:
        parser.error(f"unknown workload {unknown[0]!r}" if unknown else "--rounds must be 1 or more")
    rows: list[Ratio] = []
    for name in options.workloads or WORKLOADS:
        measure, size = WORKLOADS[name]
        print(f"measuring {name} ...", file=sys.stderr)
        rows += measure(options.rounds, size)
    print(f"Ratios of speed (peer's time / ours), medians of {options.rounds} alternating rounds; {machine_words()}.")
    print(table(rows))
    if options.json:
        options.json.write_text(json.dumps([asdict(row) | {"met": row.is_met} for row in rows], indent=2) + "\n")
    return 0 if all(row.is_met for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
