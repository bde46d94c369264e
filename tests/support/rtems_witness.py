"""What the real RTEMS 6.2 says: programs that print one fact a line, what they printed there, and the differences here.

``python tests/support/rtems_witness.py [NAME ...]`` prints each difference and the score: how many facts are equal.
``known_differences.tsv`` names each fact that differs, with the reason. The list may only get shorter.
"""

from __future__ import annotations

import collections
import concurrent.futures
import re
import subprocess
import sys
import tempfile
from pathlib import Path

FOLDER = Path(__file__).parents[1] / "firmware" / "rtems_witness"
KNOWN = FOLDER / "known_differences.tsv"
DOES_NOT_BUILD = "(does not build)"

_END = re.compile(r"RTEMS version|RTEMS tools|executing thread ID|executing thread name|fatal source|fatal code|exit ")
"""What RTEMS prints when it ends: the report here has another form."""


def names() -> list[str]:
    """Return the programs' names."""
    return sorted(path.stem for path in (FOLDER / "programs").glob("*.c"))


def facts(text: str) -> dict[str, str]:
    """Return what a program printed as facts; the second of a name gets ``#2`` behind it.

    Line ends are not looked at, nor what comes behind the message of the shutdown.
    """
    found: dict[str, str] = {}
    seen: collections.Counter[str] = collections.Counter()
    for line in text.replace("\r", "").split("[ RTEMS shutdown ]")[0].split("\n"):
        match = re.match(r"([^:]+): ?(.*)$", line)
        if match and not _END.match(line):
            seen[match[1]] += 1
            found[match[1] if seen[match[1]] == 1 else f"{match[1]}#{seen[match[1]]}"] = match[2].rstrip()
    return found


def ends_as(name: str, here: str) -> bool:
    """Whether the program's end ``here``, with --report rtems, is what RTEMS printed.

    But for line ends, the version of the compiler, and the address that an assertion's code is. What never ended there
    is a deadlock here.
    """
    real = (FOLDER / "real" / f"{name}.txt").read_bytes().decode("latin-1").replace("\r", "")
    if "\nexecuting thread ID: " not in real:
        return here.startswith("\nDeadlock: ")
    varying = r"(?<=RTEMS tools: ).*|(?<=SOURCE_ASSERT\)\nfatal code: ).*"
    return re.sub(varying, "", real).endswith("\n" + re.sub(varying, "", here))


def real_facts(name: str) -> dict[str, str]:
    """Return what the program printed on RTEMS 6.2."""
    return facts((FOLDER / "real" / f"{name}.txt").read_bytes().decode("latin-1"))


def known() -> dict[str, dict[str, str]]:
    """Return the known differences: by program, the reason of each fact."""
    found: dict[str, dict[str, str]] = {}
    for line in KNOWN.read_text().splitlines():
        name, fact, reason = line.split("\t")
        assert fact not in found.setdefault(name, {}), f"{name}: {fact} is there twice"
        found[name][fact] = reason
    return found


def _measure(name: str) -> tuple[str, dict[str, str], dict[str, str] | None]:
    v7m = str(Path(sys.executable).with_name("v7m"))
    with tempfile.TemporaryDirectory() as folder:
        elf = f"{folder}/{name}.elf"
        command = [v7m, "cc", "-g", "-O2", f"programs/{name}.c", "-o", elf]
        if subprocess.run(command, cwd=FOLDER, capture_output=True, check=False).returncode:
            return name, real_facts(name), None
        run = subprocess.run([v7m, "run", elf, "--mode", "kernel-opens"], capture_output=True, check=False)
    return name, real_facts(name), facts(run.stdout.decode("latin-1"))


def main(chosen: list[str]) -> None:
    """Print the differences and the score."""
    total = equal = 0
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        for name, real, here in pool.map(_measure, chosen or names()):
            total += len(real)
            if here is None:
                print(f"{name}\t{DOES_NOT_BUILD}\t{len(real)} facts")
                continue
            differing = [fact for fact, value in real.items() if here.get(fact) != value]
            equal += len(real) - len(differing)
            for fact in differing:
                print(f"{name}\t{fact}\t{real[fact]}\t{here.get(fact)}")
    print(f"{equal} of {total} facts are equal: {100 * equal / total:.1f} %")


if __name__ == "__main__":
    main(sys.argv[1:])
