"""``python -m tests.bench.one_hash N``: N runs of an application as processes, many at a time, leave the same bytes.

More run at once than there are processors, so each is interrupted all the time. Exits 1 when two runs differ.
"""

from __future__ import annotations

import hashlib
import subprocess
import sys
import tempfile
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).parents[2]
PROGRAM = ROOT / "firmware" / "prebuilt" / "stack_sharing.elf"
AT_A_TIME = 8


def run_once(folder: Path, number: int) -> str:
    """Run the program and return the hash of its status, console, report and trace."""
    report, trace = folder / f"{number}.json", folder / f"{number}.jsonl"
    options = ["--report", "json", "--report-file", str(report), "--trace", str(trace)]
    command = [sys.executable, "-m", "v7m", "run", str(PROGRAM), *options]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, check=False)
    parts = (str(done.returncode).encode(), done.stdout, done.stderr, report.read_bytes(), trace.read_bytes())
    report.unlink()
    trace.unlink()
    return hashlib.sha256(b"".join(hashlib.sha256(part).digest() for part in parts)).hexdigest()


def hashes(runs: int) -> Counter[str]:
    """Return how many of ``runs`` runs came to each hash."""
    with tempfile.TemporaryDirectory(prefix="v7m-hash-") as name, ThreadPoolExecutor(AT_A_TIME) as pool:
        return Counter(pool.map(lambda number: run_once(Path(name), number), range(runs)))


def main() -> int:
    """Return the exit status."""
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    found = hashes(runs)
    for digest, count in found.most_common():
        print(f"{count:,} of {runs:,} runs: {digest}")
    return 0 if len(found) == 1 else 1


if __name__ == "__main__":
    sys.exit(main())
